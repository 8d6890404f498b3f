/* What the two files that drive the GICv3 share. */
#ifndef GICV3_H
#define GICV3_H

#include <dev/gic.h>

#define ICC_CTLR_EOIMODE 2 /* priority drop apart from deactivation */

uint32_t gic_redistributor_identification(uint32_t offset);

#endif
