import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { GuestRoots } from 'opml/graph'
import { type GuestImage, guestRoots, loadGuestImage } from 'opml/trace'

/** The image that models are imported for. */
export const LATEST_GUEST = 'program1'

/** Every released image by name; images are added, never changed (spec/02-program.md §9). */
const RELEASED: readonly string[] = [LATEST_GUEST]

/** A shipped guest image. @throws {RangeError} for a name that this version does not ship. */
export async function shippedGuestImage(image: string): Promise<GuestImage> {
  if (!RELEASED.includes(image)) throw new RangeError(`No guest image "${image}" is shipped.`)
  const path = fileURLToPath(new URL(`../../../guest/images/${image}.elf`, import.meta.url))
  return loadGuestImage(await readFile(path))
}

/** What a model binds of a shipped guest image; undefined for a name that this version does not ship. */
export async function shippedGuest(image: string): Promise<GuestRoots | undefined> {
  if (!RELEASED.includes(image)) return undefined
  return guestRoots(await shippedGuestImage(image))
}
