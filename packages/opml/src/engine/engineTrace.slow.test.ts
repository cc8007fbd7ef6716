import { expect, test } from 'vitest'
import { bytesToHex } from '../core/bytes.ts'
import { hashPair, keccak256 } from '../core/keccak.ts'
import { parseProgram } from '../graph/parseProgram.ts'
import { OPERATOR_TABLE } from '../ops/index.ts'
import { Engine } from './engine.ts'

const ELEMENTS = 2 ** 28

/** The root of 2^23 equal blocks. */
function uniformRoot(block: Uint8Array): Uint8Array {
  let hash = keccak256(block)
  for (let height = 0; height < 23; height++) hash = hashPair(hash, hash)
  return hash
}

test('edge: an output of 1 GiB at the greatest height is hashed where it lies', async () => {
  const engine = Engine.create({ operators: OPERATOR_TABLE })
  const loaded = engine.load(
    parseProgram(`program 1
input $0 "x" i32[1]
section 0 steps 1 {
  %0 = Map i32[${ELEMENTS}] a=$0:i32 view(0) [ v0 = load a ]
  %1 = Map i32[1] a=%0:i32 view(0) offset ${ELEMENTS - 1} [ v0 = load a ]
}
output "y" i32[1] = section 0 %1
`),
    [],
  )
  const word = Uint8Array.of(1, 2, 3, 4)
  let roots = ''
  const [output] = await loaded.run([word], {
    trace: { blockHeight: 23, onStep: (step) => (roots = bytesToHex(step.roots.slice(0, 32))) },
  })
  expect(output).toEqual(word)
  expect(roots).toBe(bytesToHex(uniformRoot(Uint8Array.from({ length: 128 }, (_, i) => 1 + (i % 4)))))
  const [end] = await loaded.outputsAt([word], [{ position: 0, node: 1 }])
  expect(end).toEqual(word)
})
