"""A screenshot as a PNG with at most 256 colours: a third of the size, and nobody sees the difference.

Chromium counts and replaces the colours (it has just drawn them), zlib of the standard library packs the rows.
"""

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Page

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Exact colours as long as there are few enough; else those alike in their upper bits share the commonest of them.
_INDEX = """async (png) => {
  const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const p of pixels) counts.set(p, (counts.get(p) || 0) + 1);
  const common = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a - b);
  let palette, index;
  for (let bits = 8; ; bits--) {
    const mask = ((255 << (8 - bits)) & 255) * 0x010101;
    const groups = new Map();
    palette = []; index = new Map();
    for (const p of common) {
      const group = p & mask;
      if (!groups.has(group)) groups.set(group, palette.push(p) - 1);
      index.set(p, groups.get(group));
    }
    if (palette.length <= 256) break;
  }
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0, at = 0, from = 0; y < height; y++) {
    at++;  // filter 0
    for (let x = 0; x < width; x++) rows[at++] = index.get(pixels[from++]);
  }
  let text = "";
  for (let i = 0; i < rows.length; i += 8192) text += String.fromCharCode(...rows.subarray(i, i + 8192));
  return { width, height, rows: btoa(text), palette: palette.map((p) => [p & 255, (p >> 8) & 255, (p >> 16) & 255]) };
}"""


def make(blank: Page, screenshot: bytes) -> bytes:
    """`screenshot` again, smaller. `blank` is a page of about:blank: no policy of ours forbids the work there."""
    found: dict[str, Any] = blank.evaluate(_INDEX, base64.b64encode(screenshot).decode())
    head = struct.pack(">IIBBBBB", found["width"], found["height"], 8, 3, 0, 0, 0)
    palette = bytes(value for colour in found["palette"] for value in colour)
    rows = zlib.compress(base64.b64decode(found["rows"]), 9)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", rows), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
