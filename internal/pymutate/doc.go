// Package pymutate changes the logic of a detection's Python, one place at a time, so that
// it can be seen which changes no unit test notices.
//
// Only what decides the verdict is changed: rule() or policy(), the functions of the file
// that they use, and the constants that these read. A change forces a condition to be
// always true or always false, swaps and with or, moves a limit by one, flips a returned
// True or False, or replaces one value of a list. What has the same effect as another
// change is not made: forcing one operand of an and to be false equals forcing all of it.
//
// The package also reads the comments that accept such changes.
package pymutate
