//! Recorded pieces of the main network, and what others computed from them.

use crate::{
    codec::tree::{Leaf, leaf_hash},
    proof::{
        LedgerHeader, Manifest, PublicKey, TransactionTree, Validation, quorum,
        tests::{bytes, hash},
    },
    types::{Hash256, TxHash},
};

/// The only transaction of ledger 38129.
const TRANSACTION: &str = concat!(
    "1200002200000000240000003E6140000002540BE40068400000000000000A7321034AADB09CFF4A48040737",
    "01EC53C3510CDC95917C2BB0150FB742D0C66E6CEE9E74473045022022EB32AECEF7C644C891C19F87966DF9",
    "C62B1F34BABA6BE774325E4BB8E2DD62022100A51437898C28C2B297112DF8131F2BB39EA5FE613487DDD611",
    "525F17962646398114550FC62003E785DC231A1058A05E56E3F09CF4E68314D4CC8AB5B21D86A82C3E9E8D0E",
    "CF2404B77FECBA",
);
/// Its metadata.
const METADATA: &str = concat!(
    "201C00000000F8E3110061564C6ACBD635B0F07101F7FA25871B0925F8836155462152172755845CE691C49E",
    "E824000000016240000002540BE4008114D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBAE1E1E511006125",
    "00007A55552485FDC606352F1B0785DA5DE96FB9DBAF43EB60ECBB01B7F6FA970F512CDA5F56B33FDD5CF344",
    "5E1A7F2BE9B06336BEBD73A5E3EE885D3EF93F7E3E2992E46F1AE6240000003E62400000E6D8EEB01EE1E722",
    "00000000240000003F2D0000000062400000E484E2CC148114550FC62003E785DC231A1058A05E56E3F09CF4",
    "E6E1E1F1031000",
);
/// The header of ledger 38129.
const HEADER_38129: &str = concat!(
    "000094F1016345785D89F1963401E5B2E5D3A53EB0891088A5F2D9364BBB6CE5B37A337D2C0660DAF9C4175E",
    "DB83BF807416C5B3499A73130F843CF615AB8E797D79FE7D330ADF1BFA93951A2C23D15B6B549123FB351E4B",
    "5CDE81C564318EB845449CD43C3EA7953C4DB45218769388187693880A00",
);
/// The header of ledger 15202439.
const HEADER_15202439: &str = concat!(
    "00E7F8870163446858B8673D12724A65B030C15A1573AA28B1BBB5DF3DA4589AA3623675A31CAE69B23B1C4E",
    "325EACC5271322539EEEC2D6A5292471EF1B3E72AE7180533EFC3B8F0AD435C8D9ABF622DA26EEEE48203085",
    "D4BC23B0F77DC6F8724AC33D975DA3CA492D2E441D5D574C1D5D57560A00",
);
/// A validation of ledger 74386177 of the main network.
const VALIDATION: &str = concat!(
    "228000000126046F0B01292AB47C7A3A8B0D3B6F775C823E5148E2C637974E505E81356D178EBE80834B633A",
    "C426B29CAB5DB42A9C073FF99B50177B68F88701CD73D951976540DFF5CAA2A00F6B605F1BCE82DC1B5D83DE",
    "1CBCDF5019E56337278151F76351C8251392FD2089C9714B92A3BC38A0CF720D7B02F69E517321033CE387D9",
    "79DAEAF4A7D67F0A76C84B2A09C3859558A1DAE886663D3F0121A9D77646304402202A20BDBFA3C2BC376A46",
    "ED7A3A245F8D19D1DABE96888D84429B6F732525E46D022027F9DAA466A63E44938BC074289804EB5B68BC3F",
    "1F99988E384213526476143C",
);
/// A validation of ledger 7 of a private network, by rippled 2.6.2.
const PRIVATE_VALIDATION: &str = concat!(
    "22800000012600000007293163D07951FA2F307CAE2053F9AF20873F47BC8895D6EF9B087DE9102AAD99FA6A",
    "4EEF215A5017C22905AA36768A95EE860D755531F8E23DC067024F69C9E1B0EFB364B59DBBD87321027BD68E",
    "66C8F38F73595632131FFAC4EEB96CE64FCBC3ED1C3C6B707B17ADEC1B76473045022100CF3F08913E0A0F25",
    "37981FCB2AFEE8EA10B68269BDAA63669E73787E8851B1B30220470417DB44A3242CE1F88FF53FF51E130E04",
    "5E9678E32678E2D3138524577FD8",
);
/// The manifest of a validator with a secp256k1 signing key.
const BITHOMP: &str = concat!(
    "JAAAAAJxIe04sCiOokC0zewYoaYonrSQB+TrwN6USAPrfvFBxWZAc3MhApE5F7aO65JKkSfp6UMynIak8MduYSOz",
    "o6KXLvQEjlBwdkYwRAIgKm2A11A2M4FqzEW+vroUyTbHSpkjd3elQ/N0sQThw0sCIBKlX033kXdaiJ54l7SiBoQn",
    "wHnSaQfT4by00YncKWzVdwtiaXRob21wLmNvbXASQAsl/ShkQ4RE7arvTowD84sOPhizCQlH3IzqvaC7/52WL92F",
    "zH4s2MRzssIBUCwEh4jNArcxFy/gA+MO24QQ1g8=",
);
/// The manifest of a publisher with an Ed25519 signing key.
const OLD_XRPLF: &str = concat!(
    "24000000017121ED45D1840EE724BE327ABE9146503D5848EFD5F38B6D5FEDE71E80ACCE5E6E738B7321ED18",
    "825E25019852216546D97C71C609FB42B5CB0F792534D5CC00B7486486CD147640109C8F7EA54617B24305D4",
    "4AF548FADE9BDCCC10EC43C76E1A4BEF3C588817A6C95757244F7A1170B674D36FE2F0531EF2517A07DE1DF5",
    "424AEEBB64591BBD0D701240CB7A643EBF6386AC8FBC1ED3E0DCFC8FF32311A35AF6884C2F3B689F1000643A",
    "5C07ECD7F1056F43819488078F2C2285FDFA9329F8549127E86E8CCF3A2FDB09",
);
/// The manifest of the publisher behind vl.ripple.com.
const RIPPLE: &str = concat!(
    "24000000017121ED2677ABFFD1B33AC6FBC3062B71F1E8397C1505E1C42C64D11AD1B28FF73F47347321ED5D",
    "009C48B90F8A1D63D5F6B31F9C63C07738736326F32101144FB531E65A70217640C5720E77740412D560CC40",
    "32C8B36C30C07A5272B5278E9D62670C135D55D7B1A4712F3B72722A2DA3726022619DBA45EE6DBAE37AA08D",
    "534D9FED8FFEEB0D01701240DCCD04394FB7F61981F2FC1F81EAE75D9203435FA8D1D9EE5E35FBDE80CB82C6",
    "9CC17CCB05539D069480B09C180FE9D6F1869269C38712C59A3E5A1FD3912C02",
);

/// Transactions of ledger 15202439 and their leaves; two of them begin with the same digits.
const LEAVES_15202439: [(&str, &str); 7] = [
    (
        "260BC2964FFE6D81CB25C152F8054FFB2CE6ED04FF89D8D0D0559BC14BEF0E46",
        "64FFE0F177AA74C5038C3337DDCDF51E8EC921EF9898BF262C1A2A5DD4F110D0",
    ),
    (
        "31B34FD7C90CDC6CF680A814DEBC6F616C69275C0E99711F904DE088A8ED4B28",
        "756A8BDD7CA91341AE68BAAF5C56D17F9DB9525AFBAA53299761E10AC46109BD",
    ),
    (
        "C978D915BFB17687335CBFC4B207D9E7213BCEE35B468C2EEE016CDCE4EDB6E4",
        "AF4EE624D140D0CB7E63D5296C398104B4E42EFA751D494097EDE50C02AED04F",
    ),
    (
        "D44BFF924D23211B82B8F604AF6D92F260F8DD13103A96F03E48825C4A978FD6",
        "6A8966DC2D6BA49C3ACA51CAF290BC2F1D859810CC50E2AB6C72E2718EDA38B5",
    ),
    (
        "E9004490A92413E92DACD621AC73FD434A8950C350F7572FFEAF4D6AAF8FC288",
        "AEF1D5E696EDF5B1410CC9BC4E380D44B152F7A66369FB9FD5BD3AE68B370523",
    ),
    (
        "F8D5DE632B1D8B64E577C46912CCE483D6DF4FD4E2CF4A3D586A099DE3B27021",
        "7843C0C81782DC398774573980C1C024B7E0A873EDD6E885B2756EDFCE7A9D6C",
    ),
    (
        "F8F337DEE5D5B238A10AF4A4D56926BA26C83EE7AF5A5A6474340C56F9252DF3",
        "7787E4A2290B5B81E9F6926C5A6B383F109F3E41CF88F5C090531F004923FF74",
    ),
];

#[test]
fn a_ledger_of_one_transaction() {
    let (transaction, metadata) = (bytes(TRANSACTION), bytes(METADATA));
    let tree = TransactionTree::new([(&transaction, &metadata)]).unwrap();
    let id: TxHash =
        "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF".parse().unwrap();
    assert_eq!(tree.ids().collect::<Vec<_>>(), [&id]);
    let leaf = leaf_hash(&id, &transaction, &metadata).unwrap();
    assert_eq!(leaf, hash("D42EE1686B347D14144A2398049A29E69BC3CF76140965EB1DAFC6BC351CA683"));
    assert_eq!(
        tree.root(),
        hash("DB83BF807416C5B3499A73130F843CF615AB8E797D79FE7D330ADF1BFA93951A")
    );

    let header = LedgerHeader::from_bytes(&bytes(HEADER_38129)).unwrap();
    assert_eq!(header.ledger_index, 38129);
    assert_eq!(header.transaction_hash, tree.root());
    assert_eq!(header.close_time.to_string(), "2013-01-02T06:43:20Z");
    assert_eq!(header.to_bytes()[..], bytes(HEADER_38129)[..]);
    assert_eq!(
        header.hash().to_string(),
        "E6DB7365949BF9814D76BCC730B01818EB9136A89DB224F3F9F5AAE4569D758E"
    );

    // The root is an inner node even above a single leaf.
    let path = tree.path(&id).unwrap();
    assert_eq!(path.rows().len(), 1);
    assert_eq!(path.root(&id, &transaction, &metadata), Ok(tree.root()));
}

#[test]
fn a_ledger_of_seven_transactions() {
    let leaves =
        LEAVES_15202439.map(|(id, leaf)| Leaf { id: id.parse().unwrap(), hash: hash(leaf) });
    let tree = TransactionTree::from_leaves(leaves.to_vec()).unwrap();
    let header = LedgerHeader::from_bytes(&bytes(HEADER_15202439)).unwrap();
    assert_eq!(header.transaction_hash, tree.root());
    assert_eq!(
        header.hash().to_string(),
        "F4D865D83EB88C1A1911B9E90641919A1314F36E1B099F8E95FE3B7C77BE3349"
    );
    let depths = leaves.map(|leaf| tree.path(&leaf.id).unwrap().rows().len());
    assert_eq!(depths, [1, 1, 1, 1, 1, 3, 3]);
}

#[test]
fn keys_that_part_late() {
    let key = |start: &str, rest: &str| -> TxHash {
        format!("{start}{}", rest.repeat(32 - start.len() / 2)).parse().unwrap()
    };
    let leaves = [
        (
            key("A0", "00"),
            0x00,
            0xAA,
            "7FF02D972BA4CC471B74D8E8BA8F5560368090FDDFA1FDE9ABBDDF8F41A90791",
        ),
        (
            key("AF", "11"),
            0x01,
            0xBB,
            "5A6D9A55994ED618D88EA1D56B0255DE602E4F3B603D1A2D10BB80B006AE2A52",
        ),
        (
            key("AF11", "22"),
            0x02,
            0xCC,
            "0A2729F7B134DB321DF864675DB91C5695B753ABF0A27ED67FA533CEC0546492",
        ),
        (
            key("10", "33"),
            0x03,
            0xDD,
            "5D43F2BAB01B0A8CC25EE4A780059208A801A5BABD1EC79AF9A1BCF57EF198DF",
        ),
    ]
    .map(|(id, transaction, metadata, expected)| {
        let leaf = Leaf { id, hash: leaf_hash(&id, &[transaction], &[metadata]).unwrap() };
        assert_eq!(leaf.hash, hash(expected));
        leaf
    });
    let mut tree = TransactionTree::from_leaves(leaves.to_vec()).unwrap();
    let root = hash("3306F2F291CDD24E235DD7DE5AC1FAB8C472928776490F536E80C461A96B95DB");
    assert_eq!(tree.root(), root);
    // In whatever order they come.
    for _ in 0..leaves.len() {
        let mut turned = leaves.to_vec();
        turned.rotate_left(1);
        tree = TransactionTree::from_leaves(turned).unwrap();
        assert_eq!(tree.root(), root);
    }
    let depths = leaves.map(|leaf| tree.path(&leaf.id).unwrap().rows().len());
    assert_eq!(depths, [2, 5, 5, 1]);
    let (second, metadata) = (&leaves[2], [0xCC]);
    let path = tree.path(&second.id).unwrap();
    assert_eq!(path.root(&second.id, &[0x02], &metadata), Ok(root));
}

#[test]
fn a_ledger_without_transactions() {
    let tree = TransactionTree::new::<[u8; 0]>([]).unwrap();
    assert_eq!((tree.root(), tree.len()), (Hash256::from_bytes([0; 32]), 0));
    assert_eq!(tree.path(&TxHash::from_bytes([0; 32])), None);
}

#[test]
fn a_validation_of_the_main_network() {
    let validation = Validation::verify(&bytes(VALIDATION)).unwrap();
    assert_eq!(validation.ledger_index(), 74_386_177);
    assert_eq!(validation.signing_time().seconds(), 716_471_418);
    assert!(validation.ledger_hash().to_string().starts_with("48E2C637974E505E"));
    assert_eq!(
        validation.signing_key().to_base58(),
        "n9Lxh4VJhbpThQqpXBwC1rGL4t93zqVeEetbJKSyAEBuhdfBbFmc"
    );
    assert!(validation.is_full());
    assert_eq!(validation.as_bytes(), bytes(VALIDATION));
}

#[test]
fn a_validation_of_a_private_network() {
    let validation = Validation::verify(&bytes(PRIVATE_VALIDATION)).unwrap();
    assert_eq!(validation.ledger_index(), 7);
    assert!(validation.is_full());
}

#[test]
fn a_manifest_of_a_validator() {
    let manifest = Manifest::from_text(BITHOMP).unwrap();
    assert_eq!(manifest.sequence(), 2);
    assert_eq!(manifest.domain(), Some("bithomp.com"));
    assert_eq!(
        manifest.master_key().to_base58(),
        "nHB8QMKGt9VB4Vg71VszjBVQnDW3v3QudM4DwFaJfy96bj4Pv9fA"
    );
    assert_eq!(
        manifest.signing_key().unwrap().to_base58(),
        "n9KeTQ3UyMtaJJD78vT7QiGRMv1GcWHEnhNbwKfdbW2HfRqtvUUt"
    );
    // The same in hexadecimal, as the stream of manifests has it.
    let hex = crate::types::hex::encode(manifest.as_bytes());
    assert_eq!(Manifest::from_text(&hex), Ok(manifest));
}

#[test]
fn manifests_of_publishers() {
    for (text, pinned) in [
        (OLD_XRPLF, "ED45D1840EE724BE327ABE9146503D5848EFD5F38B6D5FEDE71E80ACCE5E6E738B"),
        (RIPPLE, crate::proof::VL_RIPPLE_COM),
    ] {
        let manifest = Manifest::from_text(text).unwrap();
        assert_eq!(manifest.sequence(), 1);
        assert_eq!(*manifest.master_key(), pinned.parse::<PublicKey>().unwrap());
        assert!(manifest.signing_key().unwrap().is_ed25519());
    }
}

#[test]
fn four_fifths_are_a_quorum() {
    for (validators, needed) in [(35, 28), (10, 8), (1, 1), (2, 2), (4, 4), (5, 4), (6, 5), (0, 0)]
    {
        assert_eq!(quorum(validators), needed, "{validators}");
    }
    // What a server would be content with while validators are on the negative UNL.
    for (validators, with_negative_unl) in [(35, 24), (35, 21), (10, 6)] {
        assert!(quorum(validators) >= with_negative_unl);
    }
    for validators in 0..10_000 {
        assert_eq!(quorum(validators), (validators * 8).div_ceil(10));
    }
}
