//! Operations of S3 Control: what holds for all buckets of an account.

crate::operations! {
    service: "s3-control", prefix: "s3";
    read GET_PUBLIC_ACCESS_BLOCK = "GetPublicAccessBlock", "s3-control-read", permission "s3:GetAccountPublicAccessBlock";
    write PUT_PUBLIC_ACCESS_BLOCK = "PutPublicAccessBlock", "s3-control-write", permission "s3:PutAccountPublicAccessBlock";
    write DELETE_PUBLIC_ACCESS_BLOCK = "DeletePublicAccessBlock", "s3-control-write", permission "s3:PutAccountPublicAccessBlock";
}
