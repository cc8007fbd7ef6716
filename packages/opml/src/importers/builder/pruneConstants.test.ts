import { expect, test } from 'vitest'
import { parseProgram } from '../../graph/parseProgram.ts'
import { pruneConstants } from './pruneConstants.ts'

test('default: constants that no node reads go, the others keep their order, references follow', () => {
  const names = ['a', 'b', 'c', 'd']
  const text = (numbers: readonly [number, number], kept: readonly string[]) => `program 1
${kept.map((name, i) => `constant @${i} "${name}" f32[1]`).join('\n')}
input $0 "x" f32[1]
section 0 steps 1 {
  %0 = Map f32[1] a=$0:f32 view(1) c=@${numbers[0]}:f32 view(1) [ v0 = load a; v1 = load c; v2 = f32.add v0, v1 ]
  %1 = Map f32[1] a=@${numbers[1]}:f32 view(1) b=%0:f32 view(1) [ v0 = load a; v1 = load b; v2 = f32.add v0, v1 ]
}
output "y" f32[1] = section 0 %1
`
  const [before, after] = [parseProgram(text([3, 1], names)), parseProgram(text([1, 0], ['b', 'd']))]
  const constants = before.constants.map((type, i) => ({ ...type, bytes: Uint8Array.of(i) }))
  const pruned = pruneConstants({ nodes: before.sections[0].nodes, constants })
  expect(pruned.constants.map(({ name, bytes }) => [name, bytes[0]])).toEqual([
    ['b', 1],
    ['d', 3],
  ])
  expect(pruned.nodes).toEqual(after.sections[0].nodes)
})
