import { keccak_256 } from '@noble/hashes/sha3.js'
import { fetches, type OracleMemory, type OracleState, oracleStep } from './oracle.ts'

const BLOCK = 128
const MEMORY_HEIGHT = 25

/** One replayable step, in the form of vectors/isa/README.md. */
export interface StepVector {
  name: string
  codeEnd: number
  codeRoot: string
  prestateHash: string
  witness: string
  poststateHash: string
  note: string
}

/** 32 bytes as lower-case hexadecimal without prefix. */
type Hash = string

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const keccak = (text: string): Hash => hex(keccak_256(Buffer.from(text, 'hex')))
const word = (value: bigint): string => value.toString(16).padStart(8, '0')

const ZERO: Hash[] = [keccak('00'.repeat(BLOCK))]
for (let k = 0; k < MEMORY_HEIGHT; k++) ZERO.push(keccak(ZERO[k] + ZERO[k]))

function blockText(memory: OracleMemory, index: number): string {
  const bytes = Uint8Array.from({ length: BLOCK }, (_, i) => memory.get(index * BLOCK + i) ?? 0)
  return hex(bytes)
}

/** The levels of a tree of `height` over memory from address 0: level k maps node indices that are not zero trees to hashes. */
function levels(memory: OracleMemory, height: number): Map<number, Hash>[] {
  const indices = new Set([...memory.keys()].map((address) => Math.floor(address / BLOCK)))
  const inside = [...indices].filter((index) => index < 2 ** height)
  const out = [new Map(inside.map((index) => [index, keccak(blockText(memory, index))]))]
  for (let k = 0; k < height; k++) {
    const parents = new Set([...out[k].keys()].map((index) => Math.floor(index / 2)))
    const at = (index: number): Hash => out[k].get(index) ?? ZERO[k]
    out.push(new Map([...parents].map((index) => [index, keccak(at(2 * index) + at(2 * index + 1))])))
  }
  return out
}

function blockWithSiblings(memory: OracleMemory, height: number, index: number): string {
  const tree = levels(memory, height)
  let text = blockText(memory, index)
  for (let k = 0, at = index; k < height; k++, at = Math.floor(at / 2))
    text += tree[k].get(at % 2 === 0 ? at + 1 : at - 1) ?? ZERO[k]
  return text
}

function rootOf(memory: OracleMemory, height: number): Hash {
  return levels(memory, height)[height].get(0) ?? ZERO[height]
}

function stateText(state: OracleState): string {
  const registers = [state.pc, ...state.x.slice(1)].map(word).join('')
  return registers + rootOf(state.memory, MEMORY_HEIGHT)
}

/** The vector of one step from `state`, witness and post state worked by the oracle. */
export function stepVector(p: { name: string; note: string; state: OracleState; codeEnd: number }): StepVector {
  const { state, codeEnd } = p
  const codeHeight = Math.max(0, Math.ceil(Math.log2(codeEnd / BLOCK)))
  const { state: after, dataAddress } = oracleStep(state, codeEnd)
  const before = stateText(state)
  let witness = before
  if (fetches(state, codeEnd))
    witness += blockWithSiblings(state.memory, codeHeight, Math.floor(Number(state.pc) / BLOCK))
  if (dataAddress !== undefined)
    witness += blockWithSiblings(state.memory, MEMORY_HEIGHT, Math.floor(dataAddress / BLOCK))
  return {
    name: p.name,
    codeEnd,
    codeRoot: `0x${rootOf(state.memory, codeHeight)}`,
    prestateHash: `0x${keccak(before)}`,
    witness: `0x${witness}`,
    poststateHash: `0x${keccak(stateText(after))}`,
    note: p.note,
  }
}
