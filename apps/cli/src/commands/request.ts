import { readFile } from 'node:fs/promises'
import { checkBalance, readIsRegistered, readRequestNonce, requestCall } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { FileAccessError, readModel } from '@opml/node'
import { formatEther, parseSeconds, parseWei } from '../amounts.ts'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { heightsOf, withHeights } from '../modelOptions.ts'
import type { ModelOptions } from '../modelOptions.ts'
import { sendOrThrow } from '../sendOrThrow.ts'
import { taskIdIn } from '../taskIdIn.ts'
import { describeTask, waitUntilSettled } from '../taskStatus.ts'

interface RequestOptions extends SigningOptions, ModelOptions {
  readonly model: string
  readonly input: string
  readonly fee: string
  readonly deadline: string
  readonly wait?: boolean
}

/** `opml request`: asks a model for its answer to a file. */
export const requestCommand: CommandFactory = (context) =>
  withHeights(
    withKey(
      context,
      chainCommand(context, 'request', {
        summary: 'ask a model for its answer to an input',
        example: 'opml request --model models/mnist-int8.elf --input models/digits/7.bin --fee 0.01ether --wait',
      }),
    ),
  )
    .requiredOption('--model <id|file>', 'model id, or its ELF file')
    .requiredOption('--input <file|hex>', 'file with the input bytes, or 0x and hexadecimal digits')
    .option('--fee <amount>', 'fee with its unit', '0.01ether')
    .option('--deadline <duration>', 'answers later than this are refused', '1d')
    .option('--wait', 'follow the task until it is final')
    .action(async (options: RequestOptions) => {
      const feeWei = parseWei('--fee', options.fee)
      const seconds = parseSeconds('--deadline', options.deadline)
      const input = await inputBytes(options.input)
      const modelId = await modelIdOf(options)
      const { connection, deployment } = await openChain(context, options)
      if (!(await readIsRegistered(connection, { deployment, modelId })))
        throw new UsageError({ flag: '--model', value: modelId, expected: 'registered on this chain' })
      const { tipWei } = deployment.parameters
      const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
      const requester = transactor.account.address
      await checkBalance(connection, { address: requester, neededWei: feeWei, purpose: 'the fee' })
      const nonce = await readRequestNonce(connection, { deployment, requester })
      const { timestamp } = await connection.ask((client) => client.getBlock({ blockTag: 'latest' }))
      const deadline = Number(timestamp) + seconds
      const receipt = await sendOrThrow(transactor, requestCall(deployment, { modelId, input, feeWei, deadline }))
      const taskId = taskIdIn(deployment, receipt)
      const json = {
        taskId,
        modelId,
        nonce,
        feeWei,
        deadline,
        transaction: receipt.transactionHash,
        gas: receipt.gasUsed,
      }
      if (options.wait !== true) {
        const text = `Task ${taskId}\n${formatEther(feeWei)} ether for an answer within ${options.deadline}.`
        return writeResult(context, { isJson: options.json === true, json, text })
      }
      const task = await waitUntilSettled(context, { connection, deployment, taskId })
      writeResult(context, {
        isJson: options.json === true,
        json: { ...json, status: task.status, output: task.output, result: task.resolved?.result ?? null },
        text: describeTask(task, deployment),
      })
    })

async function inputBytes(input: string): Promise<Hex> {
  if (/^0x([0-9a-f]{2})*$/i.test(input)) return input.toLowerCase() as Hex
  const bytes = await readFile(input).catch((cause: unknown) => {
    throw new FileAccessError({ path: input, purpose: 'the input', cause })
  })
  return bytesToHex(bytes)
}

async function modelIdOf(options: RequestOptions): Promise<Bytes32> {
  if (/^0x[0-9a-f]{64}$/i.test(options.model)) return options.model.toLowerCase() as Bytes32
  return (await readModel(options.model, heightsOf(options))).description.modelId
}
