/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does nothing; the tests link it statically, or give it the setuid bit. */
int main(void)
{
	return 0;
}
