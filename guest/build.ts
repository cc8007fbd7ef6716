/**
 * Builds the machine programs: guest/images/*.elf and guest/images.json. Run: npm run build:guest [-- --check].
 *
 * The same sources and the pinned compilers give the same bytes in any folder. With --check nothing is written: the images are rebuilt in a
 * temporary folder and compared byte for byte; the exit code is 1 when one differs.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { compileGuest, guestLibrary, linkGuest } from './compile.ts'
import { GUEST_PROGRAMS, guestSources } from './programs.ts'
import type { GuestProgram } from './programs.ts'
import { checkToolchain, PINNED_PACKAGES } from './toolchain.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMAGES = join(ROOT, 'guest/images')
const TABLE = join(ROOT, 'guest/images.json')

/** Builds every program into a new map from file name to image bytes. */
function buildImages(folder: string): Map<string, Buffer> {
  const libgcc = guestLibrary(ROOT)
  const objects = new Map<string, string>()
  const objectOf = (source: string) => {
    const object = objects.get(source) ?? compileGuest(source, { folder, root: ROOT })
    objects.set(source, object)
    return object
  }
  const imageOf = (program: GuestProgram) =>
    linkGuest(program, { objects: guestSources(program).map(objectOf), libgcc, folder, root: ROOT })
  return new Map(GUEST_PROGRAMS.map((program) => [`${program.name}.elf`, imageOf(program)]))
}

/** The text of guest/images.json. */
function describe(images: ReadonlyMap<string, Buffer>): string {
  const toolchain = Object.fromEntries(PINNED_PACKAGES.map(({ name, version }) => [name, version]))
  const rows = [...images].map(([file, bytes]) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const keccak256 = Buffer.from(keccak_256(bytes)).toString('hex')
    return [file, { bytes: bytes.length, sha256, keccak256 }] as const
  })
  return `${JSON.stringify({ toolchain, images: Object.fromEntries(rows) }, null, 2)}\n`
}

function write(images: ReadonlyMap<string, Buffer>): void {
  mkdirSync(IMAGES, { recursive: true })
  for (const [file, bytes] of images) {
    writeFileSync(join(IMAGES, file), bytes)
    console.log(`guest/images/${file}: ${bytes.length} bytes`)
  }
  writeFileSync(TABLE, describe(images))
}

/** Names of the files that differ from a fresh build, stale images included. */
function differences(images: ReadonlyMap<string, Buffer>): string[] {
  const isSame = (path: string, bytes: Buffer) => existsSync(path) && readFileSync(path).equals(bytes)
  const different = [...images]
    .filter(([file, bytes]) => !isSame(join(IMAGES, file), bytes))
    .map(([file]) => `images/${file}`)
  const committed = existsSync(IMAGES) ? readdirSync(IMAGES) : []
  const stale = committed.filter((file) => !images.has(file)).map((file) => `images/${file} (no such program)`)
  const table = isSame(TABLE, Buffer.from(describe(images))) ? [] : ['images.json']
  return [...different, ...stale, ...table]
}

function main(): void {
  checkToolchain()
  const folder = mkdtempSync(join(tmpdir(), 'opml-guest-'))
  try {
    const images = buildImages(folder)
    if (!process.argv.includes('--check')) return write(images)
    const different = differences(images)
    for (const file of different)
      console.error(`guest/${file}: differs from a fresh build. Run "npm run build:guest" and commit it.`)
    if (different.length > 0) process.exitCode = 1
    else console.log(`${images.size} guest images equal a fresh build.`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
