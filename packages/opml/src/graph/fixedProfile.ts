import { dtypeInfo } from './dtype.ts'
import { InvalidProgramError } from './errors.ts'
import { microOpNamed } from './microOps.ts'
import type { MicroOp, Node } from './node.ts'
import type { Program } from './program.ts'

/**
 * Shows that a program is of the fixed profile: no f32 class anywhere, in inputs, constants, operands, results and micro-ops.
 *
 * @throws {InvalidProgramError} with the place of the first floating-point number.
 * @see spec/02-program.md §7
 */
export function verifyFixedProfile(program: Program): void {
  for (const { name, dtype } of [...program.inputs, ...program.constants, ...program.outputs])
    if (isFloat(dtype)) throw new InvalidProgramError({ message: `"${name}" is ${dtype}, not of the fixed profile.` })
  program.sections.forEach(({ nodes }, section) =>
    nodes.forEach((node, index) => {
      const found = floatIn(node)
      if (found !== undefined)
        throw new InvalidProgramError({ section, node: index, message: `${found}, not of the fixed profile.` })
    }),
  )
}

/** What of a node computes in f32; undefined where nothing does. */
function floatIn(node: Node): string | undefined {
  if (isFloat(node.dtype)) return `${node.op} gives ${node.dtype}`
  const operand = node.operands.find((candidate) => candidate !== undefined && isFloat(candidate.dtype))
  if (operand !== undefined) return `${node.op} reads ${operand.dtype}`
  const microOp = node.microOps.find(usesFloat)
  return microOp && `${node.op} has the micro-op ${microOp.name}`
}

function usesFloat({ name }: MicroOp): boolean {
  const row = microOpNamed(name)
  return row === undefined || row.result === 'f32' || row.arguments.includes('F')
}

function isFloat(dtype: string): boolean {
  return dtypeInfo(dtype).valueClass === 'f32'
}
