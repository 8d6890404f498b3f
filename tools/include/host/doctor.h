/* Makes the doctor's image for a board (docs/doctor.md): the program, then the facts of the board's
 * file. */
#ifndef HOST_DOCTOR_H
#define HOST_DOCTOR_H

#include <host/model.h>

/*
 * `board` is a board's name, or the path of a board file or of a description. Writes the image to
 * `out`. False after an error, which is told to `complaints`.
 */
bool doctor_write(const char *board, const struct model_options *options, const char *out,
                  FILE *complaints);

#endif
