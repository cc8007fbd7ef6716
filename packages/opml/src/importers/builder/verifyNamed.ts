import { InvalidProgramError } from '../../graph/errors.ts'
import type { Program } from '../../graph/program.ts'
import { verifyProgram } from '../../graph/verifyProgram.ts'

/**
 * `verifyProgram` whose refusals name the node as the model does.
 *
 * @param p.nodeNames - of all nodes, section after section; empty ones where there is none.
 * @throws {InvalidProgramError}
 */
export function verifyNamed(
  p: { readonly program: Program; readonly nodeNames?: readonly string[] },
  options: Parameters<typeof verifyProgram>[1],
): void {
  try {
    verifyProgram(p.program, options)
  } catch (error) {
    if (!(error instanceof InvalidProgramError) || error.section === undefined || error.node === undefined) throw error
    const { section, node, rule } = error
    const first = p.program.sections.slice(0, section).reduce((sum, { nodes }) => sum + nodes.length, 0)
    const name = p.nodeNames?.[first + node] ?? ''
    throw name === '' ? error : new InvalidProgramError({ section, node, name, message: rule })
  }
}
