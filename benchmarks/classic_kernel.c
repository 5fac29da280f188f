/* The classic workload as a plain kernel: keyed draws, exposure pushed to neighbours in the month a site adopts. */

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* adopted: uint8[n], adopting_neighbours: uint32[n], joined: uint32[n] are work space;
   adopters: int64[months + 1] receives the count at the end of each month. */
void classic(int64_t n, const int64_t *starts, const uint32_t *neighbours, double p, double q, int64_t months,
             uint64_t seed, uint64_t replicate, uint8_t *adopted, uint32_t *adopting_neighbours, uint32_t *joined,
             int64_t *adopters)
{
    const uint64_t run = mix(mix(seed + 0x9e3779b97f4a7c15ULL) ^ replicate);
    int64_t total = 0;

    memset(adopted, 0, (size_t)n);
    memset(adopting_neighbours, 0, (size_t)n * sizeof *adopting_neighbours);
    adopters[0] = 0;
    for (int64_t month = 1; month <= months; month++) {
        const uint64_t key = mix(run ^ (uint64_t)month);
        int64_t joins = 0;

        for (int64_t i = 0; i < n; i++) {
            if (adopted[i])
                continue;
            const double draw = (double)(mix(key + (uint64_t)i * 0x9e3779b97f4a7c15ULL) >> 11) * 0x1.0p-53;
            const double share = adopting_neighbours[i] / (double)(starts[i + 1] - starts[i]);
            /* The hazard is at most p + q*share, so most draws need no exponential. */
            if (draw < p + q * share && draw < 1.0 - (1.0 - p) * exp(-q * share))
                joined[joins++] = (uint32_t)i;
        }
        for (int64_t j = 0; j < joins; j++) {
            const uint32_t i = joined[j];
            adopted[i] = 1;
            for (int64_t tie = starts[i]; tie < starts[i + 1]; tie++)
                adopting_neighbours[neighbours[tie]]++;
        }
        total += joins;
        adopters[month] = total;
    }
}
