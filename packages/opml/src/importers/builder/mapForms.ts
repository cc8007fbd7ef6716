import type { MicroOp, Node, Operand } from '../../graph/node.ts'

const floats = new Float32Array(1)
const words = new Int32Array(floats.buffer)

/** The f32 of which an immediate has the bits. */
export function floatOf({ imm }: MicroOp): number {
  words[0] = imm
  return floats[0]
}

/** Both operands, in the order of the arguments, of a `Map` that is this one operation on two of them. */
export function binary(node: Node, name: string): [Operand, Operand] | undefined {
  const [a, b, op, ...rest] = node.microOps
  if (node.op !== 'Map' || a?.name !== 'load' || b?.name !== 'load' || op?.name !== name || rest.length > 0)
    return undefined
  const places = op.sources.map((source) => (source === 'imm' ? undefined : node.microOps[source]))
  const [left, right] = places.map((load) => load && isPlain(load) && node.operands[load.sources[0] as number])
  return left && right && node.operands.length === 2 && left !== right ? [left, right] : undefined
}

function isPlain(load: MicroOp): boolean {
  return load.name === 'load' && load.imm === 0
}

/** Whether a `Map` of one operand is this list; `imm` is a number that comes last, or the constant that comes first. */
function isList(node: Node, names: readonly string[]): boolean {
  const { microOps, operands } = node
  return (
    node.op === 'Map' &&
    operands.length === 1 &&
    microOps.length === names.length &&
    microOps.every((op, k) => op.name === names[k] && (op.name !== 'load' || isPlain(op)))
  )
}

/** Whether a `Map` of one operand is this function alone. */
export function isUnary(node: Node, name: string): boolean {
  return isList(node, ['load', name])
}

/** The number that a `Map` of one operand takes as the second argument of this operation alone. */
export function withNumber(node: Node, name: string): number | undefined {
  const op = node.microOps[1]
  if (!isUnary(node, name) || op?.sources[1] !== 'imm') return undefined
  return floatOf(op)
}

/** One divided by the operand. */
export function isReciprocal(node: Node): boolean {
  const number = node.microOps.find(({ name }) => name === 'f32.const')
  if (number === undefined || floatOf(number) !== 1) return false
  const [a, b] = node.microOps[2]?.sources ?? []
  const isDivided = (one: number, x: number) =>
    a === one &&
    b === x &&
    isList(node, one === 0 ? ['f32.const', 'load', 'f32.div'] : ['load', 'f32.const', 'f32.div'])
  return isDivided(0, 1) || isDivided(1, 0)
}

/** x · x, or x to the power 2. */
export function isSquare(node: Node): boolean {
  return isList(node, ['load', 'load', 'f32.mul'])
    ? node.microOps[2]?.sources.every((source) => source === 0 || source === 1) === true
    : withNumber(node, 'f32.pow') === 2
}
