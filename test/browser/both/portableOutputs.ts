import { bytesToHex, type Hex, seededRandom } from 'opml/core'
import { PortableExecutor, PortableKernels } from 'opml/engine'
import { parseProgram, tensorBytes } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import type { ReadFile } from './readFile.ts'

/** A convolution, a product with constants, a softmax and a requantised product of bytes: large enough for several threads. */
export const NETWORK = parseProgram(`program 1
constant @0 "filters" f32[12, 3, 1, 3, 3]
constant @1 "weights" f32[192, 90]
constant @2 "bytes" i8[90, 70]
input $0 "pixels" f32[1, 3, 1, 32, 32]
section 0 steps 1 {
  %0 = Conv f32[1, 1, 12, 1, 16, 16] a=$0:f32[1, 3, 1, 32, 32] b=@0:f32[12, 3, 1, 3, 3] {dilationD=1, dilationH=1, dilationW=1, padD=0, padH=1, padW=1, strideD=1, strideH=2, strideW=2} [ v0 = acc; v1 = f32.max v0, 0.0 ]
  %1 = MatMul f32[16, 90] a=%0:f32 view(192, 0) b=@1:f32 view(0, 1) {k=192, strideA=1, strideB=90}
  %2 = Softmax f32[16, 90] a=%1:f32 view(90, 1) {axis=5, isLog=0}
  %3 = Map i8[16, 90] a=%2:f32 view(90, 1) [ v0 = load a; v1 = f32.mul v0, 127.0; v2 = i32.trunc_sat_f32_s v1 ]
  %4 = MatMulInteger i32[16, 70] a=%3:i8 view(90, 0) b=@2:i8 view(0, 1) {accumulator=0, k=90, strideA=1, strideB=70, zeroA=0, zeroB=3}
}
output "shares" f32[16, 90] = section 0 %2
output "sums" i32[16, 70] = section 0 %4
`)

/** Constants and input of {@link NETWORK}: f32 between −1 and 1, any bytes. */
export function networkData(): { constants: Uint8Array[]; inputs: Uint8Array[] } {
  const random = seededRandom(11)
  const [constants, inputs] = [NETWORK.constants, NETWORK.inputs].map((types) =>
    types.map(({ dtype, shape }) => {
      const count = tensorBytes(shape, dtype)
      if (dtype !== 'f32') return Uint8Array.from({ length: count }, () => random.below(256))
      return new Uint8Array(Float32Array.from({ length: count / 4 }, () => random.below(2 ** 24) / 2 ** 23 - 1).buffer)
    }),
  ) as [Uint8Array[], Uint8Array[]]
  return { constants, inputs }
}

/** Outputs of {@link NETWORK} by the portable kernels. */
export async function portableOutputs(_read: ReadFile): Promise<Hex[]> {
  const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  return await Promise.resolve(executor.run(NETWORK, networkData()).map(bytesToHex))
}
