//! The picture of the door: a bitmap whose bytes are produced while it is uploaded, without a frame
//! buffer. A product would read its camera here.

use core::convert::Infallible;

use machine::arguments::Arguments;
use machine::say;
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::Upload;
use slack_rtm_embassy::upload::UploadSource;

use crate::post::Bell;

/// Pixels of a row. The bytes of a row are a multiple of four, as the format requires.
const WIDTH: u32 = 64;
/// Rows.
const HEIGHT: u32 = 48;
/// Bytes of a pixel: blue, green and red.
const PIXEL: u32 = 3;
/// Bytes of the file.
const LENGTH: u32 = HEADER.len() as u32 + WIDTH * HEIGHT * PIXEL;

/// The header of a bitmap: `BITMAPFILEHEADER` and `BITMAPINFOHEADER`.
const HEADER: [u8; 54] = {
    let mut header = [0; 54];
    header[0] = b'B';
    header[1] = b'M';
    let fields = [
        (2, 54 + WIDTH * HEIGHT * PIXEL),
        (10, 54), // the offset of the pixels
        (14, 40), // the size of the second header
        (18, WIDTH),
        (22, HEIGHT),       // the lowest row is the first
        (26, 24 << 16 | 1), // one plane, 24 bits per pixel
    ];
    let mut index = 0;
    while index < fields.len() {
        let (at, value) = fields[index];
        let [a, b, c, d] = value.to_le_bytes();
        header[at] = a;
        header[at + 1] = b;
        header[at + 2] = c;
        header[at + 3] = d;
        index += 1;
    }
    header
};

/// Returns the colours of a pixel: a brown door with a knob, in a wall at dusk.
const fn pixel(x: u32, y: u32) -> [u8; PIXEL as usize] {
    match (x, y) {
        (38..41, 18..21) => [40, 200, 230],
        (20..44, 0..40) => [30, 60, 110],
        _ => [160, (y * 5) as u8, (x * 4) as u8],
    }
}

struct Picture;

impl Picture {
    /// Returns a byte of the file.
    fn byte(at: u32) -> Option<u8> {
        let Some(at) = at.checked_sub(HEADER.len() as u32) else {
            return HEADER.get(at as usize).copied();
        };
        let (number, colour) = (at / PIXEL, at % PIXEL);
        let (x, y) = (number % WIDTH, number / WIDTH);
        let colours = (y < HEIGHT).then(|| pixel(x, y))?;
        colours.get(colour as usize).copied()
    }
}

impl UploadSource for Picture {
    type Error = Infallible;

    async fn read(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        let bytes = (offset as u32..).map_while(Self::byte);
        for (to, byte) in buf.iter_mut().zip(bytes) {
            *to = byte;
            count += 1;
        }
        Ok(count)
    }
}

/// Uploads the picture, and shares it in the channel.
pub async fn send(bell: &mut Bell<'_>, arguments: &Arguments<'_>) {
    let (mut memory, domains) = ([0; Upload::MEMORY], [arguments.domain]);
    let mut upload = Upload::new(GetUploadUrl::new("door.bmp", LENGTH.into()), &mut memory)
        .title("At the door")
        .in_channel(arguments.channel)
        .allowed_domains(&domains);
    // The bytes begin again if the link fails.
    let (mut picture, mut begun) = (Picture, 0);
    let progress = |sent, _| begun += u32::from(sent == 0);
    let sent = bell.upload(&mut upload, &mut picture, progress);
    match sent.await {
        Ok(_) => say!("picture: {} bytes, begun {} times", LENGTH, begun),
        Err(failure) => say!("no picture: {}", failure),
    }
}
