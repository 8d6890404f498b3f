/* The services' images of the fake machine. */
#ifndef FAKE_SERVICES_H
#define FAKE_SERVICES_H

#include <kumiki/report.h>

#define FAKE_SERVICE_PIECES 3u

/* How the image of a service that fails is found. */
extern enum service_text fake_service_text;

#endif
