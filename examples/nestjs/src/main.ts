// NestJS. The shutdown is `enableShutdownHooks` with `onApplicationShutdown`, as in "Lifecycle events" in its documentation.
import { setTimeout as sleep } from 'node:timers/promises'
import { Controller, Get, Injectable, Module, OnApplicationShutdown, Query } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

const pool = { end: () => sleep(200) }

@Injectable()
class Database implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await pool.end()
    console.log('clean-up finished')
  }
}

@Controller()
class WorkController {
  @Get('work')
  async work(@Query('id') id: string, @Query('ms') ms: string) {
    await sleep(Number(ms))
    return `work ${id} done`
  }
}

@Module({ controllers: [WorkController], providers: [Database] })
class AppModule {}

async function bootstrap() {
  const app = await NestFactory.create(AppModule)
  app.enableShutdownHooks()
  await app.listen(process.env.PORT ?? 3000)
}
void bootstrap()
