import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import { GUEST_PROGRAMS } from '../../guest/programs.ts'
import { checkToolchain, PINNED_PACKAGES, ToolchainError } from '../../guest/toolchain.ts'
import { loadElf } from '../../packages/opml/src/vm/elf.ts'
import { readRepositoryFile } from './guestProgram.ts'

interface ImageTable {
  readonly toolchain: Record<string, string>
  readonly images: Record<string, { bytes: number; sha256: string; keccak256: string }>
}

const table = JSON.parse(new TextDecoder().decode(readRepositoryFile('guest/images.json'))) as ImageTable
const pinned = new Map(PINNED_PACKAGES.map(({ name, version }) => [name, version]))

describe('checkToolchain', () => {
  test('default: accepts the pinned versions', () => {
    expect(() => checkToolchain((name) => pinned.get(name))).not.toThrow()
  })

  test.each(PINNED_PACKAGES)(
    'error: names $name and its version when it is missing or another',
    ({ name, version }) => {
      const versionOf = (found: string | undefined) => (asked: string) => (asked === name ? found : pinned.get(asked))
      expect(() => checkToolchain(versionOf(undefined))).toThrow(ToolchainError)
      expect(() => checkToolchain(versionOf(undefined))).toThrow(
        `${name} must be version ${version}, it is not installed`,
      )
      expect(() => checkToolchain(versionOf('1:15.0'))).toThrow(`${name} must be version ${version}, found 1:15.0`)
    },
  )
})

describe('guest/images.json', () => {
  test('default: lists the pinned packages and every program', () => {
    expect(new Map(Object.entries(table.toolchain))).toEqual(pinned)
    const names = GUEST_PROGRAMS.map(({ name }) => `${name}.elf`)
    expect(Object.keys(table.images)).toEqual(names)
    expect(readdirSync(new URL('../../guest/images', import.meta.url)).sort((a, b) => (a < b ? -1 : 1))).toEqual(
      [...names].sort((a, b) => (a < b ? -1 : 1)),
    )
  })

  test.each(Object.keys(table.images))('default: has size and hashes of %s', (file) => {
    const bytes = readRepositoryFile(`guest/images/${file}`)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(table.images[file]).toEqual({
      bytes: bytes.length,
      sha256,
      keccak256: Buffer.from(keccak_256(bytes)).toString('hex'),
    })
  })

  test.each(GUEST_PROGRAMS)(
    'default: $name has the slots that its row says, and no path of the machine that built it',
    (program) => {
      const bytes = readRepositoryFile(`guest/images/${program.name}.elf`)
      const image = loadElf(bytes)
      expect(image.entry).toBe(0x10000)
      expect(image.input).toEqual({ address: 0x40000000, height: Math.log2(program.inputSlotBytes / 128) })
      expect(image.output).toEqual({ address: 0x80000000, height: Math.log2(program.outputSlotBytes / 128) })
      expect(new TextDecoder('latin1').decode(bytes)).not.toMatch(/\/(home|root|tmp|usr|work|build)\b/)
    },
  )
})
