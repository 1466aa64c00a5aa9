//! Credentials their issuers have published: keys of sample projects and of
//! browsers, passwords of manuals, the example of RFC 7617.

/// FNV-1a (64 bits) of each, so that none stands here.
const PUBLISHED: [u64; 21] = [
    0x08b5_4596_2adc_7d8b,
    0x1211_3c2e_6979_f447,
    0x1a3e_1c90_ee66_98a0,
    0x294c_63f8_344d_5df1,
    0x29a3_36c7_244f_48dd,
    0x4155_0317_7a5c_10e1,
    0x515c_b771_a423_8032,
    0x6835_e0f2_8883_2a40,
    0x6acb_d824_bd32_bbd4,
    0x816c_d10f_db11_ead0,
    0x8288_18f8_3325_7868,
    0x9617_ea56_85ae_57ea,
    0x99b2_7263_46a1_e92a,
    0xa7c6_d4c1_bc3f_ab49,
    0xadbd_04e3_fe1b_6d49,
    0xc73f_1e61_952e_6987,
    0xcbf2_9ce4_8422_2325,
    0xdb94_22f1_dd33_2dcc,
    0xe754_678e_a2b1_4ef1,
    0xe766_6dbb_286c_6c2e,
    0xee04_25ac_21b0_3b65,
];

/// Whether the value is a published one.
pub(super) fn contains(value: &str) -> bool {
    PUBLISHED.contains(&fnv1a(value.as_bytes()))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
