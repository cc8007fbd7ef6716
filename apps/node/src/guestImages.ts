import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { GuestRoots } from 'opml/graph'
import { guestRoots, loadGuestImage } from 'opml/trace'

/** The image that models are imported for. */
export const LATEST_GUEST = 'program1'

/** Every released image by name; images are added, never changed (spec/02-program.md §9). */
const RELEASED: readonly string[] = [LATEST_GUEST]

/** What a model binds of a shipped guest image; undefined for a name that this version does not ship. */
export async function shippedGuest(image: string): Promise<GuestRoots | undefined> {
  if (!RELEASED.includes(image)) return undefined
  const path = fileURLToPath(new URL(`../../../guest/images/${image}.elf`, import.meta.url))
  return guestRoots(loadGuestImage(await readFile(path)))
}
