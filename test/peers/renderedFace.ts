import type { SeededRandom } from 'opml/core'

type Colour = readonly [number, number, number]

const SKINS: readonly Colour[] = [
  [224, 172, 140],
  [198, 134, 100],
  [141, 95, 70],
  [241, 200, 170],
  [100, 65, 45],
]
const HAIRS: readonly Colour[] = [
  [40, 28, 20],
  [90, 60, 30],
  [20, 20, 22],
  [160, 130, 80],
]

/** 1 inside (distance below 0), 0 outside, soft over `width`. */
const inside = (distance: number, width: number): number => 1 / (1 + Math.exp(distance / width))

/** A drawing of one pixel: layers are painted over each other. */
class Pixel {
  colour: Colour

  constructor(colour: Colour) {
    this.colour = colour
  }

  paint(other: Colour, weight: number, factor = 1): void {
    this.colour = this.colour.map(
      (value, i) => value + ((other[i] as number) * factor - value) * weight,
    ) as unknown as Colour
  }
}

/**
 * A seeded drawing with a face or without, `size`×`size` pixels of red, green and blue from −1 to 1: a shaded oval with hair, eyes, brows, nose and
 * mouth before a background with a slope and noise.
 */
export function renderedFace(size: number, p: { hasFace: boolean; random: SeededRandom }): Float32Array {
  const { random } = p
  const between = (low: number, high: number) => low + ((high - low) * random.below(1001)) / 1000
  const background: Colour = [between(20, 235), between(20, 235), between(20, 235)]
  const slope = [between(-60, 60), between(-60, 60)] as const
  const [cx, cy, radius] = [between(0.35, 0.65) * size, between(0.35, 0.65) * size, between(0.16, 0.3) * size]
  const look = {
    height: radius * between(1.2, 1.4),
    skin: random.pick(SKINS),
    hair: random.pick(HAIRS),
    light: [between(-0.5, 0.5), between(-0.5, 0.2)] as const,
  }
  const noise = between(2, 14)
  const pixels = new Float32Array(size * size * 3)
  for (let i = 0; i < size * size; i++) {
    const [x, y] = [i % size, Math.floor(i / size)]
    const slant = slope[0] * (x / size - 0.5) + slope[1] * (y / size - 0.5)
    const pixel = new Pixel(background.map((value) => value + slant) as unknown as Colour)
    if (p.hasFace) paintFace(pixel, { ...look, x: (x - cx) / radius, y: (y - cy) / look.height })
    for (const [c, value] of pixel.colour.entries()) {
      const noisy = value + noise * (random.below(2001) / 1000 - 1)
      pixels[3 * i + c] = Math.min(Math.max(noisy, 0), 255) / 127.5 - 1
    }
  }
  return pixels
}

/** Paints what a face has at a place that is counted from its middle, in its half width and half height. */
function paintFace(
  pixel: Pixel,
  p: { x: number; y: number; skin: Colour; hair: Colour; light: readonly [number, number] },
): void {
  const { x, y, skin, hair } = p
  const oval = (dx: number, dy: number) => Math.hypot(dx, dy) - 1
  pixel.paint(hair, inside(oval(x / 1.12, (y + 0.22) / 1.05), 0.03))
  pixel.paint(skin, inside(Math.max(Math.abs(x) - 0.45, 0.5 - y), 0.04), 0.8)
  const shade = 1 - 0.35 * Math.max(0, x * x + y * y - 0.2) + 0.25 * (x * p.light[0] + y * p.light[1])
  pixel.paint(skin, inside(oval(x, y), 0.02) * inside(-(y + 0.72), 0.06), shade)
  for (const side of [-1, 1]) {
    const dx = x - 0.38 * side
    pixel.paint(skin, 0.7 * inside(oval(dx / 0.3, (y + 0.16) / 0.18), 0.15), 0.62)
    pixel.paint([235, 235, 235], inside(oval(dx / 0.2, (y + 0.14) / 0.09), 0.08))
    pixel.paint([40, 28, 22], inside(oval(dx / 0.085, (y + 0.14) / 0.085), 0.08))
    pixel.paint(hair, inside(oval(dx / 0.27, (y + 0.36 - 0.55 * dx * dx) / 0.05), 0.15))
  }
  pixel.paint(skin, 0.8 * inside(oval(x / 0.17, (y - 0.26) / 0.07), 0.2), 0.7)
  pixel.paint(skin, 0.6 * inside(oval(x / 0.06, (y - 0.08) / 0.25), 0.3), 1.12)
  pixel.paint([150, 60, 60], inside(oval(x / 0.33, (y - 0.56) / 0.08), 0.1))
  pixel.paint([90, 30, 30], 0.8 * inside(oval(x / 0.3, (y - 0.56) / 0.018), 0.2))
}
