import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Option } from 'commander'
import { DEPLOYMENT_PARAMETERS, checkBalance, deployContracts, deploymentToJson } from 'opml/chain'
import type { DeploymentProfile } from 'opml/chain'
import type { Hex } from 'opml/core'
import { chainCommand, openConnection, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'

/** About what the four creations cost: 12 million gas. */
const DEPLOY_GAS = 18_000_000n

/** `opml deploy`: creates the contracts and writes the deployment file. */
export const deployCommand: CommandFactory = (context) =>
  withKey(
    context,
    chainCommand(context, 'deploy', {
      summary: 'create the contracts and write the deployment file',
      example: 'opml deploy --rpc http://127.0.0.1:8545 --key .opml/key --profile local',
    }),
  )
    .addOption(
      new Option('--profile <name>', 'column of the parameter table, spec/07 §3')
        .choices(Object.keys(DEPLOYMENT_PARAMETERS))
        .default('production'),
    )
    .action(async (options: SigningOptions & { profile: DeploymentProfile }) => {
      const connection = await openConnection(context, options)
      const parameters = DEPLOYMENT_PARAMETERS[options.profile]
      const transactor = await openTransactor(context, { connection, keyFile: options.key })
      const address: Hex = transactor.account.address
      const price = await connection.ask((client) => client.getGasPrice())
      await checkBalance(connection, { address, neededWei: DEPLOY_GAS * price, purpose: 'the deployment' })
      const deployment = await deployContracts(connection, { transactor, parameters })
      const json = deploymentToJson(deployment)
      await mkdir(dirname(options.deployment), { recursive: true })
      await writeFile(options.deployment, `${JSON.stringify(json, null, 2)}\n`)
      const { registry, machine, graph, referee, tournament, market } = deployment
      writeResult(context, {
        isJson: options.json === true,
        json: { ...json, file: options.deployment },
        text: [
          `ModelRegistry      ${registry}`,
          `MachineTransition  ${machine}`,
          `GraphTransition    ${graph}`,
          `Referee            ${referee}`,
          `Tournament         ${tournament}`,
          `InferenceMarket    ${market}`,
          `Written to ${options.deployment}.`,
        ].join('\n'),
      })
    })
