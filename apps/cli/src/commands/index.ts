import type { LazyCommand } from '../lazyCommand.ts'

/** All commands of `opml`, in the order of its help. */
export const commands: readonly LazyCommand[] = [
  { name: 'import', load: async () => (await import('./import.ts')).importCommand },
  { name: 'inspect', load: async () => (await import('./inspect.ts')).inspectCommand },
  { name: 'quantise', load: async () => (await import('./quantise.ts')).quantiseCommand },
  { name: 'run', load: async () => (await import('./run.ts')).runCommand },
  { name: 'estimate', load: async () => (await import('./estimate.ts')).estimateCommand },
  { name: 'deploy', load: async () => (await import('./deploy.ts')).deployCommand },
  { name: 'register', load: async () => (await import('./register.ts')).registerCommand },
  { name: 'fetch', load: async () => (await import('./fetch.ts')).fetchCommand },
  { name: 'request', load: async () => (await import('./request.ts')).requestCommand },
  { name: 'serve', load: async () => (await import('./serve.ts')).serveCommand },
  { name: 'verify', load: async () => (await import('./verify.ts')).verifyCommand },
  { name: 'defend', load: async () => (await import('./defend.ts')).defendCommand },
  { name: 'status', load: async () => (await import('./status.ts')).statusCommand },
  { name: 'watch', load: async () => (await import('./watch.ts')).watchCommand },
  { name: 'withdraw', load: async () => (await import('./withdraw.ts')).withdrawCommand },
  { name: 'refund', load: async () => (await import('./refund.ts')).refundCommand },
  { name: 'dispute', load: async () => (await import('./dispute.ts')).disputeCommand },
  { name: 'dev', load: async () => (await import('./dev.ts')).devCommand },
  { name: 'demo', load: async () => (await import('./demo.ts')).demoCommand },
  { name: 'vm', load: async (args) => await (await import('./vm.ts')).loadVmCommand(args) },
  { name: 'conformance', load: async (args) => await (await import('./conformance.ts')).loadConformanceCommand(args) },
  { name: 'convert', load: async () => (await import('./convert.ts')).convertCommand },
]
