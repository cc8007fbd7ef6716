import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LyingWorkbench } from '@opml/node'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import { expect, test } from 'vitest'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import { openStage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { assemble } from '../../scripts/isa/assembler.ts'
import { writeElf } from '../differential/elfWriter.ts'
import { ask, openTestRole } from './testStage.ts'

const CODE = 0x10000
const OUTPUT_PAGE = 0x80000
/** x5 ← output slot; x6 ← 1; word 2 of the slot ← x6 while the length word stays 0; exit 0. */
const LEAVES_A_BYTE_BEHIND = [
  assemble('lui', { rd: 5, imm: OUTPUT_PAGE }),
  assemble('addi', { rd: 6, rs1: 0, imm: 1 }),
  assemble('sw', { rs1: 5, rs2: 6, imm: 8 }),
  assemble('addi', { rd: 17, rs1: 0, imm: 93 }),
  assemble('ecall'),
]

test('story: an answer that nobody can post is no excuse for a false one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opml-undeliverable-'))
  const modelFile = join(folder, 'program.elf')
  const inputFile = join(folder, 'input.bin')
  const bytes = new Uint8Array(Uint32Array.from(LEAVES_A_BYTE_BEHIND).buffer)
  await writeFile(modelFile, writeElf({ entry: CODE, segments: [{ address: CODE, bytes, flags: 5 }] }))
  await writeFile(inputFile, new Uint8Array(4))
  const environment = nodeEnvironment('silent')
  const stage = await openStage({ environment, parameters: DEPLOYMENT_PARAMETERS.production, modelFile, inputFile })
  try {
    // The liar's history drops the store, so its output is empty and can be posted.
    const lie = {
      description: 'the store that leaves bytes behind did not happen',
      faults: () => [
        {
          afterStep: 3,
          apply: ({ memory }: { memory: { write(address: number, bytes: Uint8Array): void } }) =>
            memory.write(OUTPUT_PAGE * 4096 + 8, new Uint8Array(4)),
        },
      ],
    }
    const honestServer = await openTestRole(stage, { kind: 'submitter' })
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(lie) })
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    const taskId = await ask(stage)
    const actors = [verifier.role, honestServer.role, liar.role]
    // Nobody can deliver the true result either: the game ends, and the task waits for the requester's refund.
    await expect(playUntilSettled(stage, { taskId, actors })).rejects.toThrow('nobody has anything to do')
    const task = verifier.role.follower.tasks.get(taskId)
    expect(task?.posted?.submitter).toBe(liar.role.account)
    expect(task?.status).toBe('awaitingDelivery')
    expect(task?.resolved?.owner).toBe(verifier.role.account)
    for (const role of [honestServer, liar, verifier]) await role.close()
  } finally {
    await stage.close()
    await rm(folder, { recursive: true })
  }
})
