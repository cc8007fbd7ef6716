import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Kinds of messages of a model file; which field of which holds a message of which. */
export type MessageKind =
  | 'model'
  | 'opset'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'entry'
  | 'valueInfo'
  | 'type'
  | 'tensorType'
  | 'shape'
  | 'dim'
  | 'function'

/** Embedded messages by field (onnx.proto of ONNX 1.12). */
const MESSAGES: Readonly<Record<MessageKind, Readonly<Record<number, MessageKind>>>> = {
  model: { 7: 'graph', 8: 'opset', 25: 'function' },
  opset: {},
  graph: { 1: 'node', 5: 'tensor', 11: 'valueInfo', 12: 'valueInfo', 13: 'valueInfo' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph' },
  tensor: { 13: 'entry' },
  entry: {},
  valueInfo: { 2: 'type' },
  type: { 1: 'tensorType' },
  tensorType: { 2: 'shape' },
  shape: { 1: 'dim' },
  dim: {},
  function: { 7: 'node', 9: 'opset' },
}

/** A field whose value is another message, a varint, or bytes as they stand in the file. */
export type ProtoField = { readonly number: number } & (
  | { readonly kind: 'message'; readonly message: ProtoMessage }
  | { readonly kind: 'varint'; readonly value: bigint }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Tag and value as they are written: other wire types, and what is no protobuf at all. */
  | { readonly kind: 'verbatim'; readonly bytes: Uint8Array }
)

/** A message with its fields in order. */
export interface ProtoMessage {
  readonly kind: MessageKind
  fields: ProtoField[]
}

/** A message of a file that is well formed. */
export function parseMessage(bytes: Uint8Array, kind: MessageKind): ProtoMessage {
  const reader = new BinaryReader(bytes)
  const fields: ProtoField[] = []
  while (reader.pos < bytes.length) {
    const start = reader.pos
    const [number, wireType] = reader.tag()
    if (wireType === WireType.Varint) fields.push({ number, kind: 'varint', value: BigInt(reader.int64()) })
    else if (wireType === WireType.LengthDelimited) {
      const content = reader.bytes()
      const inner = MESSAGES[kind][number]
      fields.push(
        inner === undefined
          ? { number, kind: 'bytes', bytes: content }
          : { number, kind: 'message', message: parseMessage(content, inner) },
      )
    } else {
      reader.skip(wireType, number)
      fields.push({ number, kind: 'verbatim', bytes: bytes.slice(start, reader.pos) })
    }
  }
  return { kind, fields }
}

/** The bytes of a message. */
export function encodeMessage({ fields }: ProtoMessage): Uint8Array {
  const writer = new BinaryWriter()
  for (const field of fields) {
    if (field.kind === 'verbatim') writer.raw(field.bytes)
    else if (field.kind === 'varint') writer.tag(field.number, WireType.Varint).int64(field.value)
    else
      writer
        .tag(field.number, WireType.LengthDelimited)
        .bytes(field.kind === 'bytes' ? field.bytes : encodeMessage(field.message))
  }
  return writer.finish()
}

/** Every message of one of the kinds, depth first. */
export function messagesOf(message: ProtoMessage, kinds?: readonly MessageKind[]): ProtoMessage[] {
  const own = kinds === undefined || kinds.includes(message.kind) ? [message] : []
  return [
    ...own,
    ...message.fields.flatMap((field) => (field.kind === 'message' ? messagesOf(field.message, kinds) : [])),
  ]
}

const encoder = new TextEncoder()

/** A string field. */
export function textField(number: number, text: string): ProtoField {
  return { number, kind: 'bytes', bytes: encoder.encode(text) }
}

/** A varint field. */
export function intField(number: number, value: bigint | number): ProtoField {
  return { number, kind: 'varint', value: BigInt.asIntN(64, BigInt(value)) }
}

/** A field that holds a message. */
export function messageField(number: number, kind: MessageKind, fields: ProtoField[]): ProtoField {
  return { number, kind: 'message', message: { kind, fields } }
}
