import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  DEPLOYMENT_PARAMETERS,
  MemoryPendingStore,
  Transactor,
  accountFromPrivateKey,
  connectChain,
  deployContracts,
  deploymentToJson,
  developmentPrivateKey,
  httpRpc,
} from 'opml/chain'
import type { Deployment } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { createKeyFile, readModel, registerModelCall } from '@opml/node'
import type { KnownModel } from '@opml/node'
import { parseCount } from '../amounts.ts'
import { startAnvil, stopProcess } from '../anvil.ts'
import type { Anvil } from '../anvil.ts'
import { baseCommand } from '../baseCommand.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { jsonLine } from '../context.ts'
import { shippedDigitFile, shippedModelFile } from '../demo/demoFiles.ts'
import { LOCAL_FEES } from '../demo/stage.ts'
import { nodeEnvironment } from '../nodeEnvironment.ts'
import { sendOrThrow } from '../sendOrThrow.ts'

interface DevOptions {
  readonly json?: boolean
  readonly logLevel: string
  readonly port: string
  readonly folder: string
  readonly actors?: boolean
}

/** Accounts of the development mnemonic, by the role that gets them. */
const KEYS = ['deployer', 'requester', 'server', 'verifier'] as const

/** `opml dev`: a local chain with everything on it, until ended. */
export const devCommand: CommandFactory = (context) =>
  baseCommand('dev', {
    summary: 'run a local chain with contracts, a registered model and funded keys, until ended',
    example: 'opml dev models/mnist-int8.elf --actors',
  })
    .argument('[models...]', 'folders of bundles and ELF files to register; by default the shipped 8-bit digit network')
    .option('--port <n>', 'port of the chain', '8545')
    .option(
      '--folder <folder>',
      'where deployment file, keys and state go; those of an earlier run are replaced',
      '.opml/dev',
    )
    .option('--actors', 'also run a server and a verifier')
    .action(async (files: string[], options: DevOptions) => {
      const models = await Promise.all(
        (files.length === 0 ? [shippedModelFile('int8')] : files).map((f) => readModel(f)),
      )
      const port = parseCount('--port', options.port, { min: 0, max: 65_535 })
      const anvil = await startAnvil({ port, blockSeconds: 1 })
      const children: ChildProcess[] = []
      try {
        const deployment = await prepareChain(context, { anvil, models, options })
        if (options.actors === true) children.push(...startActors(anvil, models, options.folder))
        describe(context, { anvil, deployment, models, options })
        await untilEnded(context, anvil)
      } finally {
        for (const child of children) await stopProcess(child)
        await anvil.stop()
      }
    })

async function prepareChain(
  context: CliContext,
  p: { anvil: Anvil; models: readonly KnownModel[]; options: DevOptions },
): Promise<Deployment> {
  const { folder, logLevel } = p.options
  const connection = await connectChain({
    endpoint: p.anvil.url,
    send: httpRpc(p.anvil.url),
    environment: nodeEnvironment(logLevel),
    signal: context.signal,
  })
  const account = accountFromPrivateKey(developmentPrivateKey(0))
  const transactor = new Transactor({ connection, account, pending: new MemoryPendingStore(), fees: LOCAL_FEES })
  const parameters = DEPLOYMENT_PARAMETERS.local
  const deployment = await deployContracts(connection, { transactor, parameters })
  for (const model of p.models) await sendOrThrow(transactor, registerModelCall(deployment, model))
  // Only what an earlier run wrote: the folder may hold other things.
  for (const name of [...KEYS.map((key) => `${key}.key`), 'server', 'verifier'])
    await rm(join(folder, name), { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'deployment.json'), `${JSON.stringify(deploymentToJson(deployment), null, 2)}\n`)
  for (const [i, name] of KEYS.entries()) await createKeyFile(join(folder, `${name}.key`), developmentPrivateKey(i))
  return deployment
}

const PROGRAM = fileURLToPath(new URL('../../bin/opml.js', import.meta.url))

/** A server and a verifier as processes of their own; their lines go where this process's lines go. They end with it: see `main.ts`. */
function startActors(anvil: Anvil, models: readonly KnownModel[], folder: string): ChildProcess[] {
  const files = models.map((model) => model.path)
  return (['serve', 'verify'] as const).map((command) => {
    const name = command === 'serve' ? 'server' : 'verifier'
    const args = [command, ...files, '--rpc', anvil.url, '--deployment', join(folder, 'deployment.json')]
    args.push('--key', join(folder, `${name}.key`), '--folder', join(folder, name))
    return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  })
}

function describe(
  context: CliContext,
  p: { anvil: Anvil; deployment: Deployment; models: readonly KnownModel[]; options: DevOptions },
): void {
  const { folder } = p.options
  const models: { file: string; modelId: Bytes32 }[] = p.models.map(({ path, modelId }) => ({
    file: path,
    modelId,
  }))
  const keys = Object.fromEntries(
    KEYS.map((name, i) => [
      name,
      { file: join(folder, `${name}.key`), address: accountFromPrivateKey(developmentPrivateKey(i)).address },
    ]),
  )
  if (p.options.json === true) {
    const deployment = deploymentToJson(p.deployment)
    context.write(
      `${jsonLine({ rpc: p.anvil.url, deploymentFile: join(folder, 'deployment.json'), deployment, keys, models })}\n`,
    )
    return
  }
  const lines = [
    `chain        ${p.anvil.url} (id ${p.deployment.chainId}, windows of 10 minutes)`,
    `deployment   ${join(folder, 'deployment.json')}`,
    ...models.map(({ file, modelId }) => `model        ${modelId}  ${file}`),
    ...Object.entries(keys).map(([name, key]) => `${name.padEnd(12)} ${key.address}  ${key.file}`),
    '',
    'In another terminal:',
    `  export OPML_RPC=${p.anvil.url} OPML_DEPLOYMENT=${join(folder, 'deployment.json')}`,
    `  opml request --model ${models[0]?.file ?? 'FILE'} ${inputFlags(p.models[0])} --key ${join(folder, 'requester.key')}`,
    '  opml status',
    '',
    'Ctrl-C ends it.',
  ]
  context.write(`${lines.join('\n')}\n`)
}

/** What a request gives as input; of the shipped network a digit that is there. */
function inputFlags(model: KnownModel | undefined): string {
  if (model?.kind === 'program') return model.program.inputs.map(({ name }) => `--input ${name}=FILE`).join(' ')
  return model?.path === shippedModelFile('int8') ? `--input ${shippedDigitFile(7)}` : '--input FILE'
}

/** Waits for the signal, or for the chain's own end. */
async function untilEnded(context: CliContext, anvil: Anvil): Promise<void> {
  if (context.signal.aborted) return
  await new Promise<void>((resolve) => {
    context.signal.addEventListener('abort', () => resolve(), { once: true })
    anvil.process.once('exit', () => resolve())
  })
}
