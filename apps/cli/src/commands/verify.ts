import { verifierPolicy } from '@opml/node'
import { parseWei } from '../amounts.ts'
import type { CommandFactory } from '../context.ts'
import { faultOf, roleCommand, serveRole } from '../roleCommand.ts'
import type { RoleCommandOptions } from '../roleCommand.ts'

/** `opml verify MODEL…`: recomputes every answer, challenges the wrong ones, plays to the end. */
export const verifyCommand: CommandFactory = (context) =>
  roleCommand(context, 'verify', {
    summary: 'recompute every answer of some models and dispute the wrong ones, until ended',
    example: 'opml verify lenet.opml --key .opml/verifier.key --folder .opml/verifier --defend',
  })
    .option('--defend', 'also defend right answers of others when they are challenged')
    .action(async (models: string[], options: RoleCommandOptions & { defend?: boolean }) => {
      const because = 'nobody can play for an answer that its own history does not give'
      const fault = faultOf(options, { impossible: 'output', because })
      const policy = verifierPolicy({
        isDefender: options.defend === true,
        minWithdrawWei: parseWei('--min-withdraw', options.minWithdraw),
      })
      await serveRole(context, { name: 'verifier', models, options, policy, fault })
    })
