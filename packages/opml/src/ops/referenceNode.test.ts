import { expect, test } from 'vitest'
import { parseProgram } from '../graph/parseProgram.ts'
import { OPERATORS } from './index.ts'
import { referenceNode } from './referenceNode.ts'

const [node] = parseProgram(`program 1
input $0 "x" f32[3]
section 0 steps 1 { %0 = Map i8[3] a=$0:f32 view(1) [ v0 = load a; v1 = i32.trunc_sat_f32_s v0 ] }
output "y" i8[3] = section 0 %0
`).sections[0].nodes

test('default: bytes in, bytes out, wherever they lie in memory', () => {
  const values = new Uint8Array(Float32Array.of(1.5, -2.5, 100).buffer)
  const shifted = new Uint8Array(values.length + 1)
  shifted.set(values, 1)
  const compute = referenceNode(OPERATORS)
  for (const bytes of [values, shifted.subarray(1)]) expect(compute(node, [bytes])).toEqual(Uint8Array.of(1, 254, 100))
})
