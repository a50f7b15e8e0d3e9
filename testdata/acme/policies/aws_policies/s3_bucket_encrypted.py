def policy(resource):
    for entry in resource.get("EncryptionRules") or []:
        default = entry.get("ApplyServerSideEncryptionByDefault") or {}
        if default.get("SSEAlgorithm") == "aws:kms" and default.get("KMSMasterKeyID"):
            return True
    return False
