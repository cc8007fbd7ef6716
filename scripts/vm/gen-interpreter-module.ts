import { encodeInterpreterModule } from 'opml/vm'
import type { GeneratedFile } from '../generated.ts'

const LINE_WIDTH = 120

/** Numbers in as many lines as they need, the way the formatter fills them. */
function filled(bytes: Uint8Array): string[] {
  const lines: string[] = []
  let line = ' '
  for (const byte of bytes) {
    const item = ` ${byte},`
    if (line.length + item.length > LINE_WIDTH) {
      lines.push(line)
      line = ' '
    }
    line += item
  }
  return [...lines, line]
}

/** `interpreterModule.gen.ts`: the WebAssembly module that every `Translator` starts with. */
export function generateInterpreterModule(): GeneratedFile[] {
  const [shared, unshared] = [encodeInterpreterModule(true), encodeInterpreterModule(false)]
  const differing = [...shared.keys()].filter((i) => shared[i] !== unshared[i])
  if (differing.length !== 1) throw new Error(`The variants of the module differ at ${differing}, not in one byte.`)
  const lines = [
    '// Generated from encodeInterpreter.ts by "npm run gen". Do not edit.',
    '',
    '/** Where the module says what kind of memory it imports. */',
    `export const MEMORY_KIND_AT = ${differing[0]}`,
    '',
    `/** The module for a shared memory, ${shared.length} bytes. */`,
    'export const INTERPRETER_MODULE: readonly number[] = [',
    ...filled(shared),
    ']',
    '',
  ]
  return [{ path: 'packages/opml/src/vm/translator/interpreterModule.gen.ts', content: lines.join('\n') }]
}
