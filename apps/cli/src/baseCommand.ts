import { Command, Option } from 'commander'
import { EXIT_CODES_HELP } from './exitCodes.ts'

/** Levels that `--log-level` takes. */
const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

/** A command with `--json`, `--log-level` and an example in its help. */
export function baseCommand(name: string, p: { summary: string; example: string }): Command {
  return new Command(name)
    .summary(p.summary)
    .description(p.summary)
    .option('--json', 'print one line of JSON for scripts')
    .addOption(new Option('--log-level <level>', 'log lines on standard error').choices(LOG_LEVELS).default('warn'))
    .addHelpText('after', `\nExample:\n  ${p.example}\n${EXIT_CODES_HELP}`)
}
