import { PROGRAM_VERSION } from './descriptorLayout.ts'
import type { Node } from './node.ts'
import { parseIndex, parseNode, parseType } from './parseNode.ts'
import type { Program, ProgramOutput, Section, TensorType } from './program.ts'
import { TokenCursor } from './tokenCursor.ts'

/** Takes the number of the next thing of a list, which must be the one that is due. */
function expectNumber(cursor: TokenCursor, due: number): void {
  cursor.read('number', `number ${due}`, (text) => (text === String(due) ? due : undefined))
}

function parseDeclarations(cursor: TokenCursor, word: string, mark: '@' | '$'): TensorType[] {
  const types: TensorType[] = []
  while (cursor.accepts(word)) {
    cursor.expect(mark)
    expectNumber(cursor, types.length)
    types.push({ name: cursor.string(), ...parseType(cursor) })
  }
  return types
}

function parseNodes(cursor: TokenCursor): Node[] {
  const nodes: Node[] = []
  cursor.expect('{')
  while (!cursor.accepts('}')) {
    cursor.expect('%')
    expectNumber(cursor, nodes.length)
    cursor.expect('=')
    nodes.push(parseNode(cursor))
  }
  return nodes
}

function parseSections(cursor: TokenCursor): Section[] {
  const sections: Section[] = []
  while (cursor.accepts('section')) {
    expectNumber(cursor, sections.length)
    cursor.expect('steps')
    const steps = cursor.integer()
    const halt = cursor.accepts('halt') ? { haltNode: parseIndex(cursor, '%') } : {}
    sections.push({ nodes: parseNodes(cursor), steps, ...halt })
  }
  return sections
}

function parseOutputs(cursor: TokenCursor): ProgramOutput[] {
  const outputs: ProgramOutput[] = []
  while (cursor.accepts('output')) {
    const type = { name: cursor.string(), ...parseType(cursor) }
    cursor.expect('=')
    cursor.expect('section')
    outputs.push({ ...type, section: cursor.integer(), node: parseIndex(cursor, '%') })
  }
  return outputs
}

/**
 * The program of a text; the exact inverse of `printProgram`.
 *
 * Blanks, line ends and comments (`//` to the end of the line) may stand between any two words. What the program means is not
 * checked: run `verifyProgram`. Time and memory are linear in the text, whatever it is.
 * @throws {ProgramTextError} with line and column.
 */
export function parseProgram(text: string): Program {
  const cursor = new TokenCursor(text)
  cursor.expect('program')
  expectNumber(cursor, PROGRAM_VERSION)
  const constants = parseDeclarations(cursor, 'constant', '@')
  const inputs = parseDeclarations(cursor, 'input', '$')
  const sections = parseSections(cursor)
  const outputs = parseOutputs(cursor)
  if (!cursor.isAtEnd()) throw cursor.unexpected('section, output or the end')
  return { sections, constants, inputs, outputs }
}
