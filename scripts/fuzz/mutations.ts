import type { SeededRandom } from 'opml/core'
import { OnnxDataType, type OnnxTensor } from 'opml/importers'
import {
  encodeMessage,
  intField,
  messageField,
  type MessageKind,
  messagesOf,
  type ProtoField,
  type ProtoMessage,
  textField,
} from './protoTree.ts'

/** Changes a model in place; `others` are well-formed models to take parts from. */
type TreeMutation = (random: SeededRandom, model: ProtoMessage, others: () => ProtoMessage) => void
/** Changes a file. */
type ByteMutation = (random: SeededRandom, bytes: Uint8Array) => Uint8Array

/** Numbers that break careless code: around 0, the edges of 32, 53 and 64 bits, sizes that multiply beyond memory. */
const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  255n,
  65_536n,
  -1n,
  -2n,
  2n ** 30n,
  2n ** 31n - 1n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n,
  2n ** 40n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
]
const ONNX_TYPES = Array.from({ length: 20 }, (_, type) => BigInt(type))
const TENSOR_DIMS = 1
const TENSOR_TYPE = 2
const TENSOR_RAW = 9

const pickMessage = (random: SeededRandom, model: ProtoMessage, kinds: readonly MessageKind[]) => {
  const found = messagesOf(model, kinds)
  return found.length === 0 ? undefined : random.pick(found)
}

/** Puts `make`'s field in place of a random one with one of the numbers; appends it where there is none. */
function setField(random: SeededRandom, message: ProtoMessage | undefined, field: ProtoField): void {
  if (message === undefined) return
  const places = message.fields.flatMap(({ number }, i) => (number === field.number ? [i] : []))
  if (places.length === 0) message.fields.push(field)
  else message.fields[random.pick(places)] = field
}

const decoder = new TextDecoder()

/** Names of the values of all graphs. */
function valueNames(model: ProtoMessage): string[] {
  return messagesOf(model, ['node', 'tensor', 'valueInfo']).flatMap(({ kind, fields }) =>
    fields.flatMap((field) => {
      const isName = kind === 'node' ? field.number <= 2 : kind === 'tensor' ? field.number === 8 : field.number === 1
      return isName && field.kind === 'bytes' ? [decoder.decode(field.bytes)] : []
    }),
  )
}

const numberOf = (random: SeededRandom): bigint =>
  random.chance(2, 3) ? random.pick(NUMBERS) : BigInt(random.below(2 ** 16)) - 2n ** 15n

/** A node with a subgraph that has a node with a subgraph …, `depth` deep; as bytes, so that nothing here walks it again. */
function nestedGraph(depth: number): ProtoField {
  let bytes: Uint8Array = new Uint8Array()
  for (let i = 0; i <= depth; i++) {
    const graph: ProtoField = { number: 6, kind: 'bytes', bytes }
    const branch = messageField(5, 'attribute', [textField(1, 'then_branch'), graph, intField(20, 5)])
    const node = messageField(1, 'node', [textField(2, `nested${i}`), textField(4, 'If'), branch])
    bytes = encodeMessage({ kind: 'graph', fields: [node] })
  }
  return { number: 1, kind: 'bytes', bytes: bytes.subarray(lengthOfHead(bytes)) }
}

/** Bytes of the tag and the length before the only field of a message. */
function lengthOfHead(bytes: Uint8Array): number {
  let at = 1
  while (((bytes[at] as number) & 0x80) !== 0) at++
  return at + 1
}

/** Tags that open `depth` groups of field 100, which nobody closes or all of which are closed. */
function nestedGroups(depth: number, isClosed: boolean): Uint8Array {
  const open = [0xa3, 0x06]
  const close = [0xa4, 0x06]
  const bytes = new Uint8Array(2 * depth * (isClosed ? 2 : 1))
  for (let i = 0; i < depth; i++) bytes.set(open, 2 * i)
  if (isClosed) for (let i = 0; i < depth; i++) bytes.set(close, 2 * (depth + i))
  return bytes
}

/** Mutations that keep the file a protobuf message, by name. */
const TREE_MUTATIONS: Readonly<Record<string, TreeMutation>> = {
  anyNumber: (random, model) => {
    const message = random.pick(messagesOf(model))
    const places = message.fields.flatMap((field, i) => (field.kind === 'varint' ? [i] : []))
    if (places.length === 0) return
    const place = random.pick(places)
    message.fields[place] = intField((message.fields[place] as ProtoField).number, numberOf(random))
  },
  dropField: (random, model) => {
    const { fields } = random.pick(messagesOf(model))
    if (fields.length > 0) fields.splice(random.below(fields.length), 1)
  },
  repeatField: (random, model) => {
    const { fields } = random.pick(messagesOf(model))
    if (fields.length > 0) fields.splice(random.below(fields.length), 0, random.pick(fields))
  },
  moveField: (random, model) => {
    const { fields } = random.pick(messagesOf(model))
    const [field] = fields.length > 1 ? fields.splice(random.below(fields.length), 1) : []
    if (field !== undefined) fields.splice(random.below(fields.length + 1), 0, field)
  },
  renumberField: (random, model) => {
    const { fields } = random.pick(messagesOf(model))
    if (fields.length === 0) return
    const place = random.below(fields.length)
    fields[place] = { ...(fields[place] as ProtoField), number: 1 + random.below(26) }
  },
  cycle: (random, model) => {
    const node = pickMessage(random, model, ['node'])
    const output = node?.fields.find(({ number }) => number === 2)
    if (output?.kind === 'bytes') setField(random, node, { ...output, number: 1 })
  },
  otherName: (random, model) => {
    const names = valueNames(model)
    const name =
      names.length === 0 || random.chance(1, 5)
        ? random.pick(['', 'nowhere', '\0', 'x'.repeat(5000)])
        : random.pick(names)
    setField(random, pickMessage(random, model, ['node']), textField(random.pick([1, 1, 2]), name))
  },
  duplicatedNames: (random, model) => {
    const [name] = valueNames(model)
    if (name === undefined) return
    for (const { fields } of messagesOf(model, ['node']))
      fields.forEach((field, i) => {
        if (field.number === 2 && random.chance(1, 2)) fields[i] = textField(2, name)
      })
  },
  hugeDims: (random, model) => {
    const target = pickMessage(random, model, ['dim', 'tensor'])
    const value = random.pick([2n ** 20n, 2n ** 28n, 2n ** 31n, 2n ** 40n, 2n ** 53n, 2n ** 62n])
    setField(random, target, intField(1, value))
  },
  negativeDims: (random, model) =>
    setField(random, pickMessage(random, model, ['dim', 'tensor']), intField(1, -BigInt(1 + random.below(5)))),
  zeroDims: (random, model) => setField(random, pickMessage(random, model, ['dim', 'tensor']), intField(1, 0)),
  otherRank: (random, model) => {
    const target = pickMessage(random, model, ['shape', 'tensor'])
    const count = random.pick([0, 1, 2, 5, 7, 9, 300])
    if (target === undefined) return
    const isShape = target.kind === 'shape'
    target.fields = target.fields.filter(({ number }) => number !== TENSOR_DIMS)
    for (let i = 0; i < count; i++)
      target.fields.push(isShape ? messageField(1, 'dim', [intField(1, 1)]) : intField(TENSOR_DIMS, 1))
  },
  otherType: (random, model) => {
    const target = pickMessage(random, model, ['tensor', 'tensorType'])
    setField(random, target, intField(target?.kind === 'tensor' ? TENSOR_TYPE : 1, random.pick(ONNX_TYPES)))
  },
  otherData: (random, model) => {
    const tensor = pickMessage(random, model, ['tensor'])
    const raw = tensor?.fields.find(({ number, kind }) => number === TENSOR_RAW && kind === 'bytes')
    if (raw?.kind !== 'bytes' || raw.bytes.length === 0) return
    const bytes = raw.bytes.slice()
    const words = new DataView(bytes.buffer)
    const isWord = bytes.length % 8 === 0
    for (let n = 1 + random.below(3); n > 0; n--)
      if (isWord) words.setBigInt64(8 * random.below(bytes.length / 8), numberOf(random), true)
      else bytes[random.below(bytes.length)] = random.below(256)
    setField(random, tensor, { number: TENSOR_RAW, kind: 'bytes', bytes })
  },
  externalData: (random, model) => {
    const tensor = pickMessage(random, model, ['tensor'])
    if (tensor === undefined) return
    const location = random.pick(['data.bin', '../secret', '/etc/passwd', 'a/../../b', '', 'a\\b', 'nul\0', 'data.bin'])
    const entries: [string, string][] = [
      ['location', location],
      ['offset', random.pick(['0', '-1', '4096', '9007199254740993', '1e300', 'NaN', ''])],
      ['length', random.pick(['0', '-8', '16', '18446744073709551615', 'x'])],
    ]
    tensor.fields = tensor.fields.filter(({ number }) => number !== TENSOR_RAW)
    for (const [key, value] of entries)
      if (random.chance(3, 4)) tensor.fields.push(messageField(13, 'entry', [textField(1, key), textField(2, value)]))
    tensor.fields.push(intField(14, 1))
  },
  nestedGraphs: (random, model) => {
    const graph = pickMessage(random, model, ['graph'])
    graph?.fields.unshift(nestedGraph(random.pick([2, 8, 12, 40, 400])))
  },
  nestedGroups: (random, model) => {
    const depth = random.pick([3, 100, 1000, 100_000])
    const bytes = nestedGroups(depth, random.chance(1, 2))
    random.pick(messagesOf(model)).fields.push({ number: 100, kind: 'verbatim', bytes })
  },
  missingInputs: (random, model) => {
    const graph = pickMessage(random, model, ['graph'])
    const dropped = random.pick([5, 11, 12])
    if (graph !== undefined) graph.fields = graph.fields.filter(({ number }) => number !== dropped)
  },
  giantList: (random, model) => {
    const count = random.pick([1000, 100_000, 1_000_000])
    const attribute = pickMessage(random, model, ['attribute'])
    const bytes = new Uint8Array(count).fill(random.below(128))
    attribute?.fields.push({ number: random.pick([7, 8]), kind: 'bytes', bytes })
  },
  manyAttributes: (random, model) => {
    const node = pickMessage(random, model, ['node'])
    const count = random.pick([10, 1000, 50_000])
    for (let i = 0; i < count; i++)
      node?.fields.push(messageField(5, 'attribute', [textField(1, `a${i}`), intField(3, i)]))
  },
  manyInputs: (random, model) => {
    const node = pickMessage(random, model, ['node'])
    const input = node?.fields.find(({ number }) => number === 1)
    const count = random.pick([1, 5, 100, 2000])
    if (input !== undefined) for (let i = 0; i < count; i++) node?.fields.push(input)
  },
  otherOperator: (random, model, others) => {
    const operator = pickMessage(random, others(), ['node'])?.fields.find(({ number }) => number === 4)
    if (operator !== undefined) setField(random, pickMessage(random, model, ['node']), operator)
  },
  otherAttribute: (random, model, others) => {
    const attribute = pickMessage(random, random.chance(1, 2) ? others() : model, ['attribute'])
    const node = pickMessage(random, model, ['node'])
    // A copy: an attribute of the model may hold the node that gets it.
    if (attribute !== undefined) node?.fields.push({ number: 5, kind: 'message', message: structuredClone(attribute) })
  },
  attributeNumbers: (random, model) => {
    const attribute = pickMessage(random, model, ['attribute'])
    if (attribute === undefined) return
    attribute.fields = attribute.fields.filter(({ number }) => number !== 3 && number !== 8)
    if (random.chance(1, 3)) attribute.fields.push(intField(3, numberOf(random)))
    else for (let n = random.below(6); n >= 0; n--) attribute.fields.push(intField(8, numberOf(random)))
  },
  otherOpset: (random, model) => {
    const opset = pickMessage(random, model, ['opset'])
    setField(random, opset, intField(2, random.pick([0n, 1n, 6n, 7n, 9n, 13n, 18n, 22n, 1000n, -1n, 2n ** 62n])))
  },
  ownFunction: (random, model) => {
    const operator = pickMessage(random, model, ['node'])?.fields.find(({ number }) => number === 4)
    if (operator?.kind !== 'bytes') return
    const calls = 1 + random.below(3)
    const body = (name: string) => messageField(7, 'node', [textField(1, 'x'), textField(2, name), operator])
    const nodes = Array.from({ length: calls }, (_, i) => body(i === 0 ? 'y' : `y${i}`))
    model.fields.push(
      messageField(25, 'function', [
        { ...operator, number: 1 },
        textField(4, 'x'),
        textField(5, 'y'),
        ...nodes,
        messageField(9, 'opset', [intField(2, 13)]),
      ]),
    )
  },
  splicedNode: (random, model, others) => {
    const node = pickMessage(random, others(), ['node'])
    const graph = pickMessage(random, model, ['graph'])
    if (node === undefined || graph === undefined) return
    const names = valueNames(model)
    const inputs = node.fields.map((field) =>
      field.number === 1 && names.length > 0 ? textField(1, random.pick(names)) : field,
    )
    const at = graph.fields.findIndex(({ number }) => number !== 1)
    const field: ProtoField = { number: 1, kind: 'message', message: { kind: 'node', fields: inputs } }
    graph.fields.splice(Math.max(0, at), 0, field)
  },
  floatAttribute: (random, model) => {
    const attribute = pickMessage(random, model, ['attribute'])
    const value = random.pick([Number.NaN, Infinity, -Infinity, 3e38, -1, 0, 1e-45])
    const bytes = new Uint8Array(5)
    bytes[0] = (2 << 3) | 5
    new DataView(bytes.buffer).setFloat32(1, value, true)
    attribute?.fields.push({ number: 2, kind: 'verbatim', bytes })
  },
}

/** Mutations of the file as bytes, by name. */
const BYTE_MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  truncated: (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  flippedBits: (random, bytes) => {
    const changed = bytes.slice()
    for (let n = 1 + random.below(8); n > 0 && changed.length > 0; n--)
      changed[random.below(changed.length)] ^= 1 << random.below(8)
    return changed
  },
  replacedBytes: (random, bytes) => {
    const changed = bytes.slice()
    const at = random.below(changed.length + 1)
    changed.subarray(at, at + 1 + random.below(10)).fill(random.pick([0, 0x7f, 0x80, 0xff]))
    return changed
  },
  insertedBytes: (random, bytes) => {
    const at = random.below(bytes.length + 1)
    const inserted = Uint8Array.from({ length: 1 + random.below(12) }, () => random.below(256))
    return Uint8Array.of(...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at))
  },
  /** The length of a message or string becomes one beyond the file, or a varint that does not end. */
  longLength: (random, bytes) => {
    const tags = [...bytes.keys()].filter((i) => ((bytes[i] as number) & 7) === 2)
    if (tags.length === 0) return bytes
    const length = random.pick([[0x7f], [0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 0x0f], new Array<number>(12).fill(0xff)])
    const at = random.pick(tags) + 1
    return Uint8Array.of(...bytes.subarray(0, at), ...length, ...bytes.subarray(at + 1))
  },
}

/** A tensor of whole numbers with some of them replaced; others stay as they are. */
export function mutateTensor(random: SeededRandom, tensor: OnnxTensor): OnnxTensor {
  if (tensor.dataType !== OnnxDataType.int64 || tensor.bytes === undefined || tensor.bytes.length === 0) return tensor
  const bytes = tensor.bytes.slice()
  const words = new BigInt64Array(bytes.buffer)
  for (let n = 1 + random.below(3); n > 0; n--) words[random.below(words.length)] = numberOf(random)
  return { ...tensor, bytes }
}

/** A mutated model file, and the names of what was done to it. */
export function mutate(
  random: SeededRandom,
  p: { model: ProtoMessage; others: () => ProtoMessage },
): { bytes: Uint8Array; mutations: string[] } {
  const model = structuredClone(p.model)
  const mutations: string[] = []
  for (let n = 1 + random.below(3); n > 0; n--) {
    const name = random.pick(Object.keys(TREE_MUTATIONS))
    mutations.push(name)
    TREE_MUTATIONS[name]?.(random, model, p.others)
  }
  let bytes = encodeMessage(model)
  if (random.chance(1, 4) && bytes.length < 100_000) {
    const name = random.pick(Object.keys(BYTE_MUTATIONS))
    mutations.push(name)
    bytes = BYTE_MUTATIONS[name]?.(random, bytes) ?? bytes
  }
  return { bytes, mutations }
}
