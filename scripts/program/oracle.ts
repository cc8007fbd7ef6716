import { allNodes, type Digits, keccak, rootOf, zeroRoot } from '../merkle/oracle.ts'

// A second implementation of spec/02 §3 to §5 and §8, from the text alone: words of a record as a list of numbers, hashes as
// strings of hexadecimal digits. Nothing here comes from packages/opml/src.

/** An attribute as its word, unsigned; `type` says how the library shows it. */
export interface VectorAttribute {
  readonly name: string
  readonly type: 'u32' | 'i32' | 'f32'
  readonly word: number
}

interface VectorInitial {
  readonly kind: string
  readonly index?: number
  readonly section?: number
}

/** A node as in vectors/programs: `graph/node.ts`, with the opcode and with attributes as words. */
export interface VectorNode {
  readonly op: string
  readonly opcode: number
  readonly dtype: string
  readonly shape: readonly number[]
  readonly operands: readonly (null | {
    readonly ref: VectorInitial & { readonly initial?: VectorInitial }
    readonly dtype: string
    readonly layout:
      | { readonly kind: 'view'; readonly strides: readonly number[]; readonly offset: number }
      | { readonly kind: 'dense'; readonly dims: readonly number[] }
  })[]
  readonly attributes: readonly VectorAttribute[]
  readonly microOps: readonly {
    readonly name: string
    readonly sources: readonly (number | 'imm')[]
    readonly imm: number
  }[]
}

const DTYPE_IDS: Record<string, number> = {
  f32: 1,
  f16: 2,
  bf16: 3,
  i8: 4,
  u8: 5,
  i16: 6,
  u16: 7,
  i32: 8,
  u32: 9,
  i64: 10,
  u64: 11,
  bool: 12,
}
const DTYPE_BYTES: Record<string, number> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  bool: 1,
}
const REF_IDS: Record<string, number> = { zero: 0, constant: 1, input: 2, node: 3, previous: 4, section: 5 }
/** Ids of the micro-ops that the vectors use. */
const MICRO_IDS: Record<string, number> = {
  load: 0,
  'i32.const': 2,
  index: 4,
  acc: 5,
  'f32.add': 16,
  'f32.mul': 18,
  'f32.max': 21,
  'f32.sqrt': 34,
  'i32.select': 81,
  'i32.add': 96,
  'i64.mul': 138,
  'i32.trunc_sat_f32_s': 176,
}

function known(table: Record<string, number>, name: string): number {
  const id = table[name]
  if (id === undefined) throw new Error(`The oracle does not know "${name}".`)
  return id
}

/** Bytes of a tensor. */
export function lengthBytes(type: { readonly dtype: string; readonly shape: readonly number[] }): number {
  return type.shape.reduce((product, dim) => product * dim, known(DTYPE_BYTES, type.dtype))
}

function put(words: number[], first: number, values: readonly number[]): void {
  for (const [i, value] of values.entries()) words[first + i] = value
}

const padded = (values: readonly number[], fill: number): number[] => [
  ...Array(6 - values.length).fill(fill),
  ...values,
]

function operandWords(words: number[], node: VectorNode, i: number): void {
  const operand = node.operands[i]
  if (operand === null || operand === undefined) return
  const { ref, dtype, layout } = operand
  words[1] = (words[1] as number) + known(DTYPE_IDS, dtype) * 256 ** (i + 1)
  const init = ref.initial ?? { kind: 'zero' }
  const section = ref.section ?? init.section ?? 0
  put(words, 10 + 3 * i, [
    known(REF_IDS, ref.kind) + 256 * known(REF_IDS, init.kind) + 65536 * section,
    ref.index ?? 0,
    init.index ?? 0,
  ])
  if (layout.kind === 'view') return put(words, 25 + 13 * i, [...padded(layout.strides, 0), layout.offset])
  words[2] = (words[2] as number) + layout.dims.length * 256 ** (i + 1)
  put(words, 19 + 13 * i, padded(layout.dims, 1))
}

/** The 128 words of a descriptor. */
function descriptorWords(node: VectorNode): number[] {
  const words = Array<number>(128).fill(0)
  words[0] = node.opcode + 65536 + 16777216 * node.microOps.length
  words[1] = known(DTYPE_IDS, node.dtype)
  words[2] = node.shape.length
  words[3] = lengthBytes(node)
  put(words, 4, padded(node.shape, 1))
  for (let i = 0; i < 3; i++) operandWords(words, node, i)
  put(
    words,
    58,
    node.attributes.map(({ word }) => word),
  )
  for (const [k, { name, sources, imm }] of node.microOps.entries()) {
    const [s1, s2, s3] = [0, 1, 2].map((i) => (sources[i] === 'imm' ? 255 : Number(sources[i] ?? 0))) as [
      number,
      number,
      number,
    ]
    put(words, 80 + 2 * k, [known(MICRO_IDS, name) + 256 * s1 + 65536 * s2 + 16777216 * s3, imm])
  }
  return words
}

/** The 512 bytes of a node. */
export function descriptor(node: VectorNode): Digits {
  const bytes = Buffer.alloc(512)
  for (const [i, word] of descriptorWords(node).entries()) {
    if (word < 0) bytes.writeInt32LE(word, 4 * i)
    else bytes.writeUInt32LE(word, 4 * i)
  }
  return bytes.toString('hex')
}

/** Root over `leaves`, `missing` behind them, at the least height that holds them. */
function leastRoot(leaves: readonly Digits[], missing: Digits): Digits {
  let size = 1
  while (size < leaves.length) size *= 2
  const all = [...leaves, ...Array<Digits>(size - leaves.length).fill(missing)]
  return (allNodes(all).at(-1) as Digits[])[0] as Digits
}

/** `programRoot` over descriptors. */
export function programRoot(descriptors: readonly Digits[]): Digits {
  return leastRoot(
    descriptors.map((digits) => rootOf(digits, 2)),
    zeroRoot(2),
  )
}

/** `weightsRoot` over the bytes of the constants. */
export function weightsRoot(constants: readonly Digits[]): Digits {
  return leastRoot(
    constants.map((digits) => rootOf(digits, 23)),
    zeroRoot(23),
  )
}

/** Big-endian digits of a number of `bits` bits. */
const digits = (value: number, bits: number): Digits => value.toString(16).padStart(bits / 4, '0')

/** `sectionsHash`; `haltNode` null where there is none. */
export function sectionsHash(
  sections: readonly { numNodes: number; steps: number; haltNode: number | null }[],
): Digits {
  let [node, position, text] = [0, 0, '']
  for (const { numNodes, steps, haltNode } of sections) {
    text += digits(node, 32) + digits(numNodes, 32) + digits(position, 64) + digits(steps, 64)
    text += digits(haltNode === null ? 0 : haltNode + 1, 32) + digits(0, 32)
    node += numNodes
    position += steps
  }
  return keccak(text)
}

/** `outputsHash`. */
export function outputsHash(outputs: readonly { section: number; node: number; lengthBytes: number }[]): Digits {
  return keccak(
    outputs
      .map((o) => digits(o.section, 32) + digits(o.node, 32) + digits(o.lengthBytes, 64) + digits(0, 128))
      .join(''),
  )
}

/** `inputsHash` over the bytes of each input. */
export function inputsHash(lengths: readonly number[]): Digits {
  return keccak(lengths.map((length) => digits(length, 256)).join(''))
}

/** `modelId`: the tag, then hashes (64 digits) and numbers in the order of spec/02 §8. */
export function modelId(fields: readonly (Digits | number)[]): Digits {
  const tag = keccak(Buffer.from('opml.model.program.1').toString('hex'))
  return keccak(tag + fields.map((field) => (typeof field === 'number' ? digits(field, 256) : field)).join(''))
}
