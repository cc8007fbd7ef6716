import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generateAbis } from './gen-abi.ts'

const STEP = {
  type: 'function',
  name: 'step',
  inputs: [
    {
      name: 'model',
      type: 'tuple',
      internalType: 'struct Model',
      components: [{ name: 'entry', type: 'uint32', internalType: 'uint32' }],
    },
  ],
  outputs: [{ name: '', type: 'bytes32', internalType: 'bytes32' }],
  stateMutability: 'pure',
}
const BAD_ENTRY = {
  type: 'error',
  name: 'BadEntry',
  inputs: [{ name: 'entry', type: 'uint32', internalType: 'uint32' }],
}

let root = ''

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function putArtifact(file: string, name: string, abi: readonly unknown[], object: string, linkReferences = {}): void {
  put(`contracts/cache/release/${file}/${name}.json`, JSON.stringify({ abi, bytecode: { object, linkReferences } }))
}

function contentOf(path: string): string | undefined {
  return generateAbis(root).find((file) => file.path === `packages/opml/src/chain/${path}`)?.content
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'opml-abi-'))
  put('contracts/src/vm/Game.sol', 'library Rules {}\ncontract Game {}\n')
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('generateAbis', () => {
  test('default: one entry a line, without internal types', () => {
    putArtifact('Game.sol', 'Game', [STEP, BAD_ENTRY], '0x60ff')
    expect(contentOf('abi/game.gen.ts')).toBe(
      [
        '// biome-ignore-all format: generated, one entry a line',
        '// Generated from contracts/src by "npm run gen:abi". Do not edit.',
        '',
        '/** ABI of `Game`. */',
        'export const gameAbi = [',
        '  {"type":"function","name":"step","inputs":[{"name":"model","type":"tuple","components":[{"name":"entry","type":"uint32"}]}],' +
          '"outputs":[{"name":"","type":"bytes32"}],"stateMutability":"pure"},',
        '  {"type":"error","name":"BadEntry","inputs":[{"name":"entry","type":"uint32"}]},',
        '] as const',
        '',
      ].join('\n'),
    )
    expect(contentOf('bytecode/game.gen.ts')).toContain("export const gameBytecode =\n  '0x60ff'\n")
  })

  test('default: errors of all contracts, each once', () => {
    putArtifact('Game.sol', 'Game', [STEP, BAD_ENTRY], '0x60ff')
    putArtifact('Game.sol', 'Rules', [BAD_ENTRY], '0x60')
    const lines = (contentOf('abi/contractErrors.gen.ts') ?? '').split('\n')
    expect(lines.filter((line) => line.includes('BadEntry'))).toHaveLength(1)
  })

  test('default: a linked library is deployed too, and the places of its address are told', () => {
    const links = { 'src/vm/Game.sol': { Rules: [{ start: 1, length: 20 }] } }
    putArtifact('Game.sol', 'Game', [STEP], `0x73__$${'ab'.repeat(17)}$__5f`, links)
    putArtifact('Game.sol', 'Rules', [], '0x60')
    const code = contentOf('bytecode/game.gen.ts')
    expect(code).toContain(`'0x73${'0'.repeat(40)}5f'`)
    expect(code).toContain("export const gameLinks = [\n  { library: 'Rules', offsetBytes: [1] },\n] as const\n")
    expect(contentOf('bytecode/rules.gen.ts')).toContain("'0x60'")
  })

  test('edge: interfaces and internal libraries give no file of their own', () => {
    putArtifact('Game.sol', 'Game', [STEP], '0x60ff')
    putArtifact('Game.sol', 'IGame', [STEP], '0x')
    putArtifact('Game.sol', 'Rules', [BAD_ENTRY], '0x60')
    expect(generateAbis(root).map((file) => file.path)).toEqual([
      'packages/opml/src/chain/abi/game.gen.ts',
      'packages/opml/src/chain/bytecode/game.gen.ts',
      'packages/opml/src/chain/abi/contractErrors.gen.ts',
    ])
  })

  test('edge: a source file of free functions alone needs no artifact', () => {
    put('contracts/src/types/Model.sol', 'struct Model { uint32 entry; }\n')
    putArtifact('Game.sol', 'Game', [STEP], '0x60ff')
    expect(generateAbis(root)).toHaveLength(3)
  })

  test('error: a missing artifact names its folder and the remedy', () => {
    expect(() => generateAbis(root)).toThrow(/Game\.sol is missing\. Run "npm run build:release -w contracts" first\./)
  })
})
