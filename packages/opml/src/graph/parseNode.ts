import { type Dtype, DTYPES } from './dtype.ts'
import { f32FromBits } from './f32Bits.ts'
import { f32BitsFromText } from './f32Text.ts'
import { type MicroOpRow, microOpNamed } from './microOps.ts'
import type { InitialRef, MicroOp, Node, Operand, OperandLayout, OperandRef, Operands } from './node.ts'
import type { Shape } from './shape.ts'
import type { TokenCursor } from './tokenCursor.ts'

const DTYPE_NAMES: ReadonlyMap<string, Dtype> = new Map(DTYPES.map(({ name }) => [name, name]))

function parseDtype(cursor: TokenCursor): Dtype {
  return cursor.read('word', 'a dtype', (text) => DTYPE_NAMES.get(text))
}

function parseDims(cursor: TokenCursor): Shape {
  cursor.expect('[')
  return cursor.list(']', () => cursor.integer())
}

/** Reads `f32[1, 20]`. @throws {ProgramTextError} */
export function parseType(cursor: TokenCursor): { dtype: Dtype; shape: Shape } {
  return { dtype: parseDtype(cursor), shape: parseDims(cursor) }
}

/** Reads `%3` and the like. @throws {ProgramTextError} */
export function parseIndex(cursor: TokenCursor, mark: '@' | '$' | '%'): number {
  cursor.expect(mark)
  return cursor.integer()
}

function parseInitial(cursor: TokenCursor): InitialRef {
  if (cursor.accepts('zero')) return { kind: 'zero' }
  if (cursor.sees('@')) return { kind: 'constant', index: parseIndex(cursor, '@') }
  if (cursor.sees('$')) return { kind: 'input', index: parseIndex(cursor, '$') }
  if (!cursor.accepts('section')) throw cursor.unexpected('zero, @, $ or section')
  return { kind: 'section', section: cursor.integer(), index: parseIndex(cursor, '%') }
}

function parseRef(cursor: TokenCursor): OperandRef {
  if (cursor.sees('%')) return { kind: 'node', index: parseIndex(cursor, '%') }
  if (!cursor.accepts('previous')) return parseInitial(cursor)
  const index = parseIndex(cursor, '%')
  cursor.expect('from')
  return { kind: 'previous', index, initial: parseInitial(cursor) }
}

function parseLayout(cursor: TokenCursor): OperandLayout {
  if (cursor.sees('[')) return { kind: 'dense', dims: parseDims(cursor) }
  if (!cursor.accepts('view')) throw cursor.unexpected('[ or view')
  cursor.expect('(')
  const strides = cursor.list(')', () => cursor.integer())
  return { kind: 'view', strides, offset: cursor.accepts('offset') ? cursor.integer() : 0 }
}

function parseOperand(cursor: TokenCursor): Operand {
  const ref = parseRef(cursor)
  cursor.expect(':')
  return { ref, dtype: parseDtype(cursor), layout: parseLayout(cursor) }
}

function parseOperands(cursor: TokenCursor): Operands {
  const operands: (Operand | undefined)[] = []
  for (const [place, name] of ['a', 'b', 'c'].entries()) {
    if (!cursor.accepts(name)) continue
    cursor.expect('=')
    while (operands.length < place) operands.push(undefined)
    operands.push(parseOperand(cursor))
  }
  // SAFETY: at most three entries.
  return operands as unknown as Operands
}

const INTEGER = /^-?[0-9]+$/

/** An f32 that is written with a point, an exponent or a name. */
function floatBits(text: string): number | undefined {
  return INTEGER.test(text) ? undefined : f32BitsFromText(text)
}

function attributeValue(text: string): number | undefined {
  if (!INTEGER.test(text)) return f32FromBitsIfAny(f32BitsFromText(text))
  const value = Number(text)
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : undefined
}

function f32FromBitsIfAny(bits: number | undefined): number | undefined {
  return bits === undefined ? undefined : f32FromBits(bits)
}

function parseAttributes(cursor: TokenCursor): Record<string, number> {
  const attributes = new Map<string, number>()
  if (!cursor.accepts('{')) return {}
  cursor.list('}', () => {
    const name = cursor.read('word', 'an attribute that is not given yet', (text) =>
      attributes.has(text) ? undefined : text,
    )
    cursor.expect('=')
    attributes.set(name, cursor.read('number', 'an integer or an f32', attributeValue))
  })
  return Object.fromEntries(attributes)
}

function parseImmediate(cursor: TokenCursor, isFloat: boolean): number {
  if (!isFloat) return cursor.integer()
  return cursor.read('number', 'an f32 with a point or an exponent', floatBits) | 0
}

function parseValueNumber(cursor: TokenCursor): number {
  return cursor.read('word', 'a value', (text) =>
    /^v(?:0|[1-9][0-9]{0,2})$/.test(text) ? Number(text.slice(1)) : undefined,
  )
}

function parseLoad(cursor: TokenCursor): MicroOp {
  const places = new Map([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ])
  const place = cursor.read('word', 'operand a, b or c', (text) => places.get(text))
  return { name: 'load', sources: [place], imm: cursor.accepts(',') ? cursor.integer() : 0 }
}

function parseSources(cursor: TokenCursor, row: MicroOpRow): MicroOp {
  let imm = 0
  const sources = Array.from(row.arguments, (letter, i): number | 'imm' => {
    if (i > 0) cursor.expect(',')
    if (i !== 1 || cursor.seesWord()) return parseValueNumber(cursor)
    imm = parseImmediate(cursor, letter === 'F')
    return 'imm'
  })
  return { name: row.name, sources, imm }
}

function parseMicroOp(cursor: TokenCursor): MicroOp {
  const row = cursor.read('word', 'a micro-op', microOpNamed)
  if (row.name === 'load') return parseLoad(cursor)
  if (row.name === 'index') return { name: row.name, sources: [cursor.integer()], imm: 0 }
  if (row.name.endsWith('.const'))
    return { name: row.name, sources: [], imm: parseImmediate(cursor, row.result === 'f32') }
  return parseSources(cursor, row)
}

function parseMicroOps(cursor: TokenCursor, numPre: number): MicroOp[] {
  const ops: MicroOp[] = []
  if (!cursor.accepts('[')) return ops
  do {
    if (ops.length > 0) cursor.expect(ops.length === numPre ? '|' : ';')
    const number = ops.length < numPre ? ops.length : ops.length - numPre
    cursor.expect(`v${number}`)
    cursor.expect('=')
    ops.push(parseMicroOp(cursor))
  } while (!cursor.accepts(']'))
  return ops
}

/** Reads what follows `%0 =`. @throws {ProgramTextError} */
export function parseNode(cursor: TokenCursor): Node {
  const op = cursor.read('word', 'an operator', (text) => text)
  const { dtype, shape } = parseType(cursor)
  const operands = parseOperands(cursor)
  const attributes = parseAttributes(cursor)
  const microOps = parseMicroOps(cursor, attributes['numPreOps'] ?? 0)
  return { op, dtype, shape, operands, attributes, microOps }
}
