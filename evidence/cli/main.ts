// `pnpm evidence NAME [flags]`: runs one measurement or proof, and writes its page in docs/.
import { evidence } from './evidence.ts'

process.exitCode = await evidence(process.argv.slice(2))
