#ifndef CK_CACHES_H
#define CK_CACHES_H

#include <stddef.h>

// The bytes of a core's second-level cache; a megabyte where the system does not tell.
size_t ck_second_cache_bytes(void);

#endif
