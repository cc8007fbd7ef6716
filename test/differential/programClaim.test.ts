import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../../packages/opml/src/core/bytes.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { verifyProgram } from '../../packages/opml/src/graph/verifyProgram.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import { loadGuestImage } from '../../packages/opml/src/trace/guestImage.ts'
import { nodeTracedRun, runNode } from '../../packages/opml/src/trace/nodeMachine.ts'
import { ProgramClaim } from '../../packages/opml/src/trace/programClaim.ts'
import { exampleClaim } from '../../packages/opml/src/trace/programClaimExample.ts'
import { keccak256 } from '../../packages/opml/src/core/keccak.ts'
import { MachineTrace } from '../../packages/opml/src/vm/machineTrace.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'

const { judgements } = JSON.parse(readFileSync('vectors/graph/judgements.json', 'utf8')) as {
  readonly judgements: readonly { name: string; index: number; evidence: string; isDecided: boolean; answer: string }[]
}
const guest = loadGuestImage(readFileSync('guest/images/program1.elf'))
const example = exampleClaim({ operators: OPERATOR_TABLE, guest })
const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
const claim = new ProgramClaim({
  ...example,
  run: async (tap) => {
    executor.run(example.program, { ...example, tap })
  },
})

describe('ProgramClaim', () => {
  test.each(judgements)('vector: graph/judgements.json, $name', async ({ index, evidence, isDecided, answer }) => {
    const judged = await claim.judge(BigInt(index))
    expect(bytesToHex(judged.evidence)).toBe(evidence)
    const { judgement } = judged
    expect(judgement.kind === 'rule').toBe(isDecided)
    const createMachine = (start: ConstructorParameters<typeof Translator>[0]) => new Translator(start)
    const actual =
      judgement.kind === 'rule'
        ? judgement.leaf
        : new MachineTrace({ ...example.model, run: nodeTracedRun(guest, judgement.run), createMachine })
            .initialStateHash
    expect(bytesToHex(actual)).toBe(answer)
  })

  test('differential: every leaf of the trace is what the rules and the guest say, from what lies left of it', async () => {
    verifyProgram(example.program, { operators: OPERATOR_TABLE, ...example.model })
    const kinds = { rule: 0, machine: 0 }
    for (let index = 0n; index < 2n ** 8n; index++) {
      const { judgement } = await claim.judge(index)
      kinds[judgement.kind]++
      const leaf =
        judgement.kind === 'rule'
          ? judgement.leaf
          : keccak256(
              runNode(guest, judgement.run, { createMachine: (start) => new Translator(start), maxSteps: 2 ** 20 })
                .block,
            )
      expect(bytesToHex(leaf), `leaf ${index}`).toBe(bytesToHex(await claim.trace.node({ height: 0, index })))
    }
    // 2 blocks of section 0; 4 steps of 2 + 2 + 1 blocks before the halt; 2 + 1 blocks of section 2.
    expect(kinds).toEqual({ rule: 256 - 25, machine: 25 })
  })
})
