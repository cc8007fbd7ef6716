/** The contracts' interfaces, in one place; generated from the compiled contracts. */
export { contractErrorsAbi } from './abi/contractErrors.gen.ts'
export { inferenceMarketAbi } from './abi/inferenceMarket.gen.ts'
export { modelRegistryAbi } from './abi/modelRegistry.gen.ts'
export { refereeAbi } from './abi/referee.gen.ts'
export { tournamentAbi } from './abi/tournament.gen.ts'
