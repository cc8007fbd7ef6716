const SIDE = 28
/** From background to full ink. */
const SHADES = ' .:-=+*#%@'

/** A 28 × 28 grey image as text art, two characters a pixel, two pixel rows a line; blank margins are cut. */
export function digitArt(pixels: Uint8Array): string {
  const lines: string[] = []
  for (let row = 0; row + 1 < SIDE; row += 2) {
    let line = ''
    for (let column = 0; column < SIDE; column++) {
      const upper = pixels[row * SIDE + column] ?? 0
      const lower = pixels[(row + 1) * SIDE + column] ?? 0
      line += SHADES[Math.min(9, Math.floor((upper + lower) / 2 / 25.6))] ?? ' '
    }
    lines.push(line)
  }
  while (lines.length > 0 && (lines[0] ?? '').trim() === '') lines.shift()
  while (lines.length > 0 && (lines.at(-1) ?? '').trim() === '') lines.pop()
  return lines.map((line) => line.trimEnd()).join('\n')
}
