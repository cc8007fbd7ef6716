import type { OperatorTable } from '../graph/operatorRule.ts'
import { parseProgram } from '../graph/parseProgram.ts'
import type { Program } from '../graph/program.ts'
import { programModel } from '../graph/programModel.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { CONSTANT_HEIGHT } from '../graph/constantHasher.ts'
import { type GuestImage, guestRoots } from './guestImage.ts'
import type { ProgramClaimOptions } from './programClaim.ts'

/** The body halts in step 3 of 0 to 5, when its first word has grown from 11 past 29 by fives. */
const EXAMPLE_TEXT = `program 1
constant @0 "step" i32[40]
constant @1 "scale" f32[40]
constant @2 "unused" u8[3]
input $0 "start" i32[40]
input $1 "state" i32[40]
section 0 steps 1 {
  %0 = Map i32[40] a=$0:i32 view(1) [ v0 = load a; v1 = i32.add v0, 1 ]
}
section 1 steps 6 halt %2 {
  %0 = Map i32[40] a=previous %0 from section 0 %0:i32 view(1) b=@0:i32 view(1) [ v0 = load a; v1 = load b; v2 = i32.add v0, v1 ]
  %1 = Map i32[40] a=%0:i32 view(-1) offset 39 b=previous %1 from $1:i32 view(1) c=previous %2 from zero:i32 view(0) [ v0 = load a; v1 = load b; v2 = load c; v3 = i32.xor v0, v1; v4 = i32.add v3, v2 ]
  %2 = Map i32[1] a=%0:i32 view(0) [ v0 = load a; v1 = i32.const 29; v2 = i32.lt_s v1, v0 ]
}
section 2 steps 1 {
  %0 = Map f32[40] a=section 1 %1:i32 view(1) b=@1:f32 view(1) [ v0 = load a; v1 = f32.convert_i32_s v0; v2 = load b; v3 = f32.mul v1, v2 ]
  %1 = Map i32[3] a=section 0 %0:i32 view(13) b=previous %0 from @1:f32 view(0) [ v0 = load a ]
}
output "scores" f32[40] = section 2 %0
output "state" i32[40] = section 1 %1
`

const bytesOf = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)

/** A claim about the example without its run: three sections, a halt, every kind of reference. For tests. */
export function exampleClaim(p: { operators: OperatorTable; guest: GuestImage }): Omit<ProgramClaimOptions, 'run'> & {
  readonly program: Program
} {
  const program = parseProgram(EXAMPLE_TEXT)
  const constants = [
    bytesOf(Array.from({ length: 40 }, (_, i) => 5 + i)),
    new Uint8Array(Float32Array.from({ length: 40 }, (_, i) => i / 8).buffer),
    Uint8Array.of(1, 2, 3),
  ]
  const inputs = [
    bytesOf(Array.from({ length: 40 }, (_, i) => 10 + 3 * i)),
    bytesOf(Array.from({ length: 40 }, (_, i) => i * i - 700)),
  ]
  const constantRoots = constants.map((bytes) => merkleRoot(bytes, CONSTANT_HEIGHT))
  const heights = { stepHeight: 4, nodeHeight: 2, blockHeight: 2, coarseHeight: 8, fineHeight: 12 }
  const model = programModel(program, { operators: p.operators, constantRoots, guest: guestRoots(p.guest), heights })
  return { program, operators: p.operators, model, constants, constantRoots, inputs }
}
