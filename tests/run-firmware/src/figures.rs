//! What an image costs: flash and static RAM from its ELF file, the stack from its own words.

use std::fmt;
use std::path::Path;

/// Bytes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Code, constants, initial values.
    pub flash: u32,
    /// Static variables.
    pub ram: u32,
    /// The deepest that the stack has been, painted and looked at, in the run that was judged.
    pub stack: Option<u32>,
}

impl Figures {
    /// Sums the sections of a 32-bit little-endian ELF file; zeros if it is none.
    pub(crate) fn of(image: &Path, console: &str) -> Self {
        let bytes = std::fs::read(image).unwrap_or_default();
        let stack = console.lines().find_map(|line| {
            line.strip_prefix("stack: ")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        });
        let (flash, ram) = sections(&bytes).unwrap_or_default();
        Self { flash, ram, stack }
    }
}

/// Flash and RAM. Sections without bits (type 8) take RAM alone, writable ones with bits both (ELF: figure 1-8).
fn sections(elf: &[u8]) -> Option<(u32, u32)> {
    const ALLOCATED: u32 = 2;
    const WRITABLE: u32 = 1;
    const NO_BITS: u32 = 8;
    let word = |at: usize| Some(u32::from_le_bytes(elf.get(at..at + 4)?.try_into().ok()?));
    let half = |at: usize| {
        Some(usize::from(u16::from_le_bytes(
            elf.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    elf.starts_with(b"\x7fELF\x01\x01").then_some(())?;
    let (table, entry, count) = (word(32)? as usize, half(46)?, half(48)?);
    let (mut flash, mut ram) = (0, 0);
    for header in (0..count).map(|index| table + index * entry) {
        let (kind, flags, size) = (word(header + 4)?, word(header + 8)?, word(header + 20)?);
        if flags & ALLOCATED == 0 {
            continue;
        }
        if kind != NO_BITS {
            flash += size;
        }
        if kind == NO_BITS || flags & WRITABLE != 0 {
            ram += size;
        }
    }
    Some((flash, ram))
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flash {}, static RAM {}", self.flash, self.ram)?;
        if let Some(stack) = self.stack {
            write!(f, ", stack {stack}, RAM in total {}", self.ram + stack)?;
        }
        Ok(())
    }
}
