0, 00_0, 0x_FF, 0b1_0, 0o17, 12345678901234567890123456789
1.0, 1e16, 1e15, .5e-7, 1_0.0_1, 1e999, 3j, 1e400j, 0.00001
'a', "it's", '"\'', b'\x00\xff\n\\', rb'\d', R'\d', u'u', 'ä\u2028\U0001F600\x7f\ud800'
'\N{LATIN SMALL LETTER A}\N{CJK UNIFIED IDEOGRAPH-4E00}\101\0\a\
joined', """three "quotes"
lines\t""" 'and' ' more'
f'', f'a', f'{a}', f'{a=}', f'{a = !s}', f'{a!r:{b}.{c}}', f'''{
  a
}''', rf'\{a}\n', f'{{}}', f'\N{DIGIT ONE}{1}'
True, False, None, ...
ﬁ = ª = 1
