import { expect, test } from 'vitest'
import { verifyFixedProfile } from './fixedProfile.ts'
import { parseProgram } from './parseProgram.ts'

const program = (node: string, input = 'i8') => `program 1
input $0 "x" ${input}[4]
section 0 steps 1 {
  %0 = ${node}
}
output "y" i8[4] = section 0 %0
`

test('default: integers pass', () => {
  const text = program('Map i8[4] a=$0:i8 view(1) [ v0 = load a; v1 = i32.add v0, 1 ]')
  expect(() => verifyFixedProfile(parseProgram(text))).not.toThrow()
})

test('error: an f32 input, operand, result or micro-op', () => {
  const f32 = 'Map i8[4] a=$0:f32 view(1) [ v0 = load a; v1 = i32.trunc_sat_f32_s v0 ]'
  expect(() => verifyFixedProfile(parseProgram(program(f32, 'f32')))).toThrow('"x" is f32')
  expect(() => verifyFixedProfile(parseProgram(program(f32)))).toThrow('Section 0, node 0: Map reads f32')
  const inside = 'Map i8[4] a=$0:i8 view(1) [ v0 = load a; v1 = f32.convert_i32_s v0; v2 = i32.trunc_sat_f32_s v1 ]'
  expect(() => verifyFixedProfile(parseProgram(program(inside)))).toThrow('Map has the micro-op f32.convert_i32_s')
  const result = 'Map f16[4] a=$0:i8 view(1) [ v0 = f32.const 1.0 ]'
  expect(() => verifyFixedProfile(parseProgram(program(result)))).toThrow('Map gives f16')
})
