import { storeCases } from './cases/store-file.ts'
import { fireEach } from './fire-all.ts'
import { storeTarget } from './targets/store-file.ts'

fireEach(storeCases, storeTarget)
