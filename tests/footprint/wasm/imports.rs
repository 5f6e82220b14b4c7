//! Lists the imports of a wasm module. The exit code is 1 if there are any.

use std::{env, fs, process::ExitCode};

const IMPORT_SECTION: u8 = 2;

fn main() -> ExitCode {
    let path = env::args().nth(1).expect("usage: imports MODULE.wasm");
    let module = fs::read(&path).expect("the module can be read");
    assert_eq!(&module[..8], b"\0asm\x01\0\0\0", "{path} is no wasm module");
    let mut rest = &module[8..];
    let (mut imports, mut sections) = (0, 0);
    while let Some((&id, tail)) = rest.split_first() {
        rest = tail;
        let length = leb128(&mut rest);
        let (section, tail) = rest.split_at(length);
        rest = tail;
        sections += 1;
        if id == IMPORT_SECTION {
            let mut section = section;
            imports = leb128(&mut section);
            println!("{}", String::from_utf8_lossy(section));
        }
    }
    println!("{path}: {} bytes, {sections} sections, {imports} imports", module.len());
    ExitCode::from(u8::from(imports > 0))
}

fn leb128(bytes: &mut &[u8]) -> usize {
    let mut value = 0;
    let mut shift = 0;
    while let Some((&byte, tail)) = bytes.split_first() {
        *bytes = tail;
        value |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}
