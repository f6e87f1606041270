// What CK_ALGORITHM in the environment forces products and convolutions to, for comparisons.
#ifndef CK_CHOICE_H
#define CK_CHOICE_H

// By speed; patches in Winograd's place; products and convolutions on OpenBLAS.
typedef enum { CK_BY_SPEED, CK_FORCE_PATCHES, CK_FORCE_BLAS } ck_forced_choice;

// An unknown value aborts: a comparison must not run another way than it says.
ck_forced_choice ck_forced(void);

#endif
