import { IsEmail, IsString, Length, Matches, MaxLength } from 'class-validator';

export class RegisterDto {
  @Matches(/^[A-Za-z0-9._-]+$/, {
    message: 'name must have letters, digits, dots, dashes and underscores only',
  })
  @Length(3, 64)
  @IsString()
  name!: string;

  @MaxLength(254)
  @IsEmail()
  @IsString()
  email!: string;

  /** Long rather than complicated (NIST SP 800-63B); the upper bound keeps hashing cheap. */
  @Length(10, 256)
  @IsString()
  password!: string;
}

export class LoginDto {
  @MaxLength(64)
  @IsString()
  name!: string;

  @MaxLength(256)
  @IsString()
  password!: string;
}
