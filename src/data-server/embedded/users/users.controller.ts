import { Body, Controller, Get, Headers, HttpCode, Ip, Post, UseGuards } from '@nestjs/common';
import { Caller, CallerGuard } from './caller.guard.js';
import type { User } from './user.js';
import { LoginDto, RegisterDto } from './users.dto.js';
import { type Login, UsersService } from './users.service.js';

@Controller()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Post('register')
  register(@Body() body: RegisterDto, @Ip() address: string): Promise<User> {
    return this.users.register(body, address);
  }

  @Post('login')
  @HttpCode(200)
  login(@Body() body: LoginDto, @Ip() address: string): Promise<Login> {
    return this.users.login(body, address);
  }

  @Post('logout')
  @HttpCode(204)
  @UseGuards(CallerGuard)
  logout(@Headers('authorization') authorization: string): Promise<void> {
    return this.users.logout(authorization);
  }

  @Get('user')
  @UseGuards(CallerGuard)
  self(@Caller() caller: User): User {
    return caller;
  }
}
